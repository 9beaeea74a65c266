import { v7 } from 'uuid';
import { safeParse } from 'valibot';
import { request, RevealedSchema, type Card, type Manifest } from '@/api';
import { now } from '@/domain/clock';
import { NotSaved, saveOperation, type Fix } from '@/storage';

export const shownMs = 30_000;
/** At an outlet where nothing was opened yet; the server counts, this is only shown. */
const perOutlet = 3;

export type Contact = Card['contacts'][number];

export interface Wish {
  outletId: number;
  contact: Contact;
  reason: string;
  words: string;
  fix: Fix | null;
}

export type Opened =
  | { is: 'open'; number: string; left: Left | null }
  | { is: 'refused'; code: 'offline' | 'quota' | 'not_saved' | 'failed'; detail: string };

export interface Left {
  today: number;
  outlet: number;
}

export function leftOf(reveals: Manifest['reveals'], outletId: number): Left | null {
  if (!reveals) return null;
  const used = reveals.outlets.find(([id]) => id === outletId);
  return { today: reveals.left_today, outlet: used ? used[1] : perOutlet };
}

/**
 * The number, and never before it is written down that it was opened (E13): on this phone's disk where the card lent it,
 * on the server where it is kept there.
 */
export async function openNumber({ outletId, contact, reason, words, fix }: Wish): Promise<Opened> {
  const body = {
    reveal_id: v7(),
    outlet_id: outletId,
    contact_id: contact.id,
    reason,
    words: words.trim(),
    at: new Date(now()).toISOString(),
    fix,
  };
  if (!contact.number) return askServer(body);
  try {
    await saveOperation('contact.reveal', body);
    return { is: 'open', number: contact.number, left: null };
  } catch (error) {
    return { is: 'refused', code: 'not_saved', detail: error instanceof NotSaved ? error.reason : 'unknown' };
  }
}

async function askServer(body: object): Promise<Opened> {
  const answer = await request('POST', '/reveals', { body });
  if (!answer.ok) {
    const { code, title } = answer.problem;
    if (answer.kind !== 'http') return { is: 'refused', code: 'offline', detail: '' };
    return { is: 'refused', code: code.startsWith('over_') ? 'quota' : 'failed', detail: title };
  }
  const parsed = safeParse(RevealedSchema, answer.data);
  if (!parsed.success) return { is: 'refused', code: 'failed', detail: '' };
  const { number, left_today: today, left_outlet: outlet } = parsed.output;
  return { is: 'open', number, left: { today, outlet } };
}
