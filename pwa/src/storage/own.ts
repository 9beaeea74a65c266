import type { Outbox } from './outbox';
import { personIdOf } from './operation';
import { unseal } from './seal';
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
  return Promise.all(
    wanted.map(async (entry) => ({
      id: entry.id,
      kind,
      capturedAt: entry.capturedAt,
      state: entry.state,
      serverSeq: entry.serverSeq,
      body: (await bodyOf(entry)) as OperationBodies[K],
    })),
  );
}

async function bodyOf(entry: OutboxEntry): Promise<unknown> {
  if (!opened.has(entry.id)) opened.set(entry.id, await unseal(entry.body));
  return opened.get(entry.id);
}
