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
  const [entries, meta] = await Promise.all([outbox.entries(), outbox.meta()]);
  const personId = personIdOf(meta.session);
  const wanted = entries.filter(
    (entry) =>
      entry.kind === kind &&
      entry.personId === personId &&
      (filter.since === undefined || entry.savedAt >= filter.since) &&
      (filter.outletId === undefined || entry.about.outletId === filter.outletId),
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

/**
 * Visits that are saved here and not yet in the book: waiting, put aside, or applied after the book was made
 * (`bookSeq`, the manifest's `server_seq`).
 */
export async function visitsNotInBook(
  outbox: Outbox,
  bookSeq: number,
  outletId?: number,
): Promise<OwnOperation<'visit.record'>[]> {
  const visits = await ownOperations(outbox, 'visit.record', { outletId });
  return visits.filter(
    (visit) => visit.state !== 'delivered' || visit.serverSeq === null || visit.serverSeq > bookSeq,
  );
}

async function bodyOf(entry: OutboxEntry): Promise<unknown> {
  if (!opened.has(entry.id)) opened.set(entry.id, await unseal(entry.body));
  return opened.get(entry.id);
}
