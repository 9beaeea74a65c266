import { t } from '@/i18n';

/** The deeds that have words; others are shown by their name. */
export const knownDeeds = [
  'contact.reveal',
  'contact.reveal_refused',
  'reveal.ask_more',
  'reveal.approve_more',
  'reveal.refuse_more',
  'card.borrow',
  'lease.key',
  'visit.record',
  'outlet.note',
  'outlet.propose',
  'access.refused',
  'person.sign_in',
  'person.sign_out',
  'person.freeze',
  'device.register',
  'export.ask',
  'export.sign',
  'export.refuse',
  'export.change',
  'export.take',
  'export.knock',
  'agreement.publish',
  'agreement.accept',
  'request.accept',
  'request.refuse',
  'outlet.change',
  'secrecy.outlet',
  'secrecy.field',
  'audit.search',
  'audit.openings',
  'audit.mismatch',
  'audit.broken',
  'audit.erase',
  'operation.quarantine',
  'alert.acknowledge',
  'alert.resolve',
] as const;

const known = new Set<string>(knownDeeds);

export function deedWords(deed: string): string {
  return known.has(deed) ? t(`audit.deed.${deed}`) : deed;
}

const exact = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });

/** An instant to the second, with its year, as `2026-11-23 10:01:05`: the same in every language. */
export function exactTime(at: string): string {
  return exact.format(new Date(at));
}

/** What an entry is about, by name where there is one. `people`: names by id. */
export function aboutWords(
  entry: Readonly<{ subject: string; outlet: string }>,
  people: ReadonlyMap<number, string>,
): string {
  if (entry.outlet) return entry.outlet;
  const [noun, key] = entry.subject.split(':');
  if (noun === 'audit') return t('audit.chain');
  return (noun === 'person' && people.get(Number(key))) || entry.subject;
}

/** A detail of an entry as lines of name and value. */
export function detailLines(detail: Readonly<Record<string, unknown>>): { name: string; value: string }[] {
  return Object.entries(detail).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
}
