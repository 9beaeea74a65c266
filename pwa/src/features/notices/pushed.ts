/** What a push message holds: a kind and a count, never words. Anything else is told as "something new". */
export interface Pushed {
  kind: string;
  count: number;
}

const nothing: Pushed = { kind: 'other', count: 0 };
const kinds = ['announcement', 'plan', 'request', 'case', 'alert', 'task'];

export function readPushed(text: string): Pushed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return nothing;
  }
  if (typeof value !== 'object' || value === null || !('kind' in value) || !('count' in value))
    return nothing;
  const { kind, count } = value;
  return {
    kind: typeof kind === 'string' && kinds.includes(kind) ? kind : 'other',
    count: typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0,
  };
}

/** Where a tap on the notification leads: always a page of this app, whatever was pushed. */
export const noticesPath = '/notices';
