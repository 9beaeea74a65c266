import { t } from '@/i18n';

/** The deeds that have words, by noun; another is shown by its name. */
const verbs: Readonly<Record<string, readonly string[]>> = {
  absence: ['add', 'withdraw'],
  access: ['refused'],
  access_review: ['confirm', 'open'],
  agreement: ['accept', 'publish'],
  alert: ['acknowledge', 'assign', 'resolve'],
  alert_rule: ['set'],
  announcement: ['read', 'send', 'withdraw'],
  audit: ['broken', 'erase', 'mismatch', 'openings', 'search'],
  card: ['borrow'],
  case: ['change', 'close', 'open'],
  company: ['found', 'restored'],
  contact: ['reveal', 'reveal_refused'],
  day: ['end', 'start'],
  delivery: ['record'],
  demo: ['create'],
  departure: [
    'accept',
    'certificate_read',
    'certify',
    'close',
    'hand_over',
    'notice_over',
    'open',
    'property',
    'propose',
    'share',
    'tick',
    'undo',
    'waive',
  ],
  device: ['approve', 'lost', 'register', 'revoke'],
  export: ['ask', 'change', 'knock', 'refuse', 'sign', 'take'],
  handover: ['answer', 'codes', 'record'],
  holiday: ['clear', 'set'],
  import: ['confirm', 'discard', 'locate', 'map', 'stage'],
  interaction: ['add'],
  job: ['ask', 'cancel', 'claim', 'end'],
  joint_visit: ['record'],
  keys: ['forget', 'rotate'],
  lease: ['key'],
  notices: ['push_off', 'push_on'],
  operation: ['key_reuse', 'quarantine', 'refuse', 'replay'],
  order: ['review'],
  outlet: ['change', 'note', 'propose'],
  passkey: ['add', 'remove'],
  person: [
    'add',
    'freeze',
    'grant_role',
    'set_territories',
    'sign_in',
    'sign_out',
    'step_up',
    'unfreeze',
    'withdraw_role',
  ],
  photo: ['attach', 'store'],
  plan: ['copy', 'edit', 'make', 'propose', 'publish', 'redo', 'revert', 'undo'],
  promise: ['keep'],
  proposal: ['accept'],
  recovery: ['approve', 'start', 'use', 'wrong_code'],
  request: ['accept', 'refuse'],
  retention: ['begin', 'judge'],
  reveal: ['approve_more', 'ask_more', 'refuse_more'],
  route: ['add', 'assign', 'draft', 'set_day'],
  sealed: ['unreadable'],
  secrecy: ['field', 'outlet'],
  stops: ['reorder'],
  substitution: ['add', 'end'],
  task: ['add', 'cancel', 'done', 'sample'],
  territory: ['add'],
  truck: ['add'],
  upload: ['sweep'],
  visit: ['record'],
  warning: ['look', 'read', 'second_contact'],
};

export const knownDeeds: readonly string[] = Object.entries(verbs).flatMap(([noun, list]) =>
  list.map((verb) => `${noun}.${verb}`),
);

const known = new Set(knownDeeds);

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
