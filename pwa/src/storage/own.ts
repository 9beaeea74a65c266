import type { Outbox } from './outbox';
import { personIdOf } from './operation';
import type { OperationBodies, OperationKind, OutboxEntry } from './types';

/** One of the signed-in person's own operations with its content, for today's list, the card and the end of the day. */
export interface OwnOperation<K extends OperationKind = OperationKind> {
  id: string;
  kind: K;
  capturedAt: string;
  state: OutboxEntry['state'];
  serverSeq: number | null;
  body: OperationBodies[K];
}

export interface OwnFilter {
  /** Milliseconds by the phone's clock. */
  since?: number;
  outletId?: number;
}

const opened = new Map<string, unknown>();

/** The keys were put away: what they opened is no longer kept at hand. */
export function forgetOpened(): void {
  opened.clear();
}

/**
 * The person's own operations of a kind, oldest first, delivered ones of the last 30 days included. Bodies never change,
 * so each is opened once.
 */
export async function ownOperations<K extends OperationKind>(
  outbox: Outbox,
  kind: K,
  filter: OwnFilter = {},
): Promise<OwnOperation<K>[]> {
  const entries = filter.since === undefined ? outbox.entries() : outbox.entriesSince(filter.since);
  return ownOf(outbox, kind, await entries, filter.outletId);
}

/** What the server applied this long ago is in every book that a phone can hold. */
const bookLagMs = 3 * 86_400_000;

/**
 * Visits that are saved here and not yet in the book: waiting, put aside, or applied after the book was made
 * (`bookSeq`, the manifest's `server_seq`).
 */
export async function visitsNotInBook(
  outbox: Outbox,
  bookSeq: number,
  now: number,
  outletId?: number,
): Promise<OwnOperation<'visit.record'>[]> {
  const [waiting, attention, recent] = await Promise.all([
    outbox.entries('waiting'),
    outbox.entries('attention'),
    outbox.entriesSince(now - bookLagMs),
  ]);
  const isNew = (entry: OutboxEntry) =>
    entry.state === 'delivered' && (entry.serverSeq === null || entry.serverSeq > bookSeq);
  const entries = [...waiting, ...attention, ...recent.filter(isNew)].sort((a, b) => a.seq - b.seq);
  return ownOf(outbox, 'visit.record', entries, outletId);
}

async function ownOf<K extends OperationKind>(
  outbox: Outbox,
  kind: K,
  entries: readonly OutboxEntry[],
  outletId: number | undefined,
): Promise<OwnOperation<K>[]> {
  const personId = personIdOf((await outbox.meta()).session);
  const wanted = entries.filter(
    (entry) =>
      entry.kind === kind &&
      entry.personId === personId &&
      (outletId === undefined || entry.about.outletId === outletId),
  );
  const found = await Promise.all(
    wanted.map(async (entry) => ({
      id: entry.id,
      kind,
      capturedAt: entry.capturedAt,
      state: entry.state,
      serverSeq: entry.serverSeq,
      body: (await bodyOf(outbox, entry)) as OperationBodies[K] | undefined,
    })),
  );
  return found.filter((one): one is OwnOperation<K> => one.body !== undefined);
}

async function bodyOf(outbox: Outbox, entry: OutboxEntry): Promise<unknown> {
  if (opened.has(entry.id)) return opened.get(entry.id);
  const body = (await outbox.ownBody(entry)) ?? bareBody(entry);
  if (body !== undefined) opened.set(entry.id, body);
  return body;
}

/** Sealed, and the key of the copy is gone: that the day was begun or ended is known by kind and time all the same. */
function bareBody({ kind, about, capturedAt }: OutboxEntry): unknown {
  if (kind !== 'day.start' && kind !== 'day.end') return undefined;
  return { work_day_id: about.workDayId ?? '', at: capturedAt, fix: null };
}
