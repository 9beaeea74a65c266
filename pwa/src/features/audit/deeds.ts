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
  'export.request',
  'export.download',
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

/** A detail of an entry as lines of name and value. */
export function detailLines(detail: Readonly<Record<string, unknown>>): { name: string; value: string }[] {
  return Object.entries(detail).map(([name, value]) => ({
    name,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
}
