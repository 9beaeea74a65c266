import type { SeqRange } from '@/api';
import type { Connection } from './outbox-database';
import type { Meta, OutboxEntry, StoredPhoto } from './types';

const dayMs = 86_400_000;
/** How long what the server has is kept to be sent again, in case the server is restored from a backup. */
export const stockMs = 30 * dayMs;

/** What an answer, or the lack of one, does to one entry. */
export type Outcome = { id: string } & Partial<
  Pick<OutboxEntry, 'state' | 'receivedAt' | 'serverSeq' | 'code' | 'detail' | 'attempts' | 'notBefore'>
>;

/** Changes the delivery side of entries; the operation itself is frozen. Meta goes in the same transaction. */
export async function settle(
  connection: Connection,
  outcomes: readonly Outcome[],
  meta: Partial<Meta> = {},
): Promise<void> {
  await connection.use(async (db) => {
    const tx = db.transaction(['operations', 'meta'], 'readwrite');
    const store = tx.objectStore('operations');
    for (const { id, ...change } of outcomes) {
      const entry = await store.get(id);
      if (entry) store.put({ ...entry, ...change }).catch(() => undefined);
    }
    for (const [key, value] of Object.entries(meta)) {
      tx.objectStore('meta')
        .put({ key, value })
        .catch(() => undefined);
    }
    await tx.done;
  });
}

/** Receipted numbers that the server says it misses wait again; the others that are not here are gone. */
export async function reconcile(
  connection: Connection,
  missing: readonly SeqRange[],
  except: ReadonlySet<string>,
): Promise<SeqRange[]> {
  return connection.use(async (db) => {
    const tx = db.transaction('operations', 'readwrite');
    const gone: SeqRange[] = [];
    for (const range of missing) {
      const entries = await tx.store.index('seq').getAll(IDBKeyRange.bound(range.from, range.to));
      for (const entry of entries) {
        if (entry.state === 'waiting' || entry.receivedAt === null || except.has(entry.id)) continue;
        tx.store.put({ ...entry, state: 'waiting', notBefore: 0 }).catch(() => undefined);
      }
      gone.push(...without(range, new Set(entries.map((entry) => entry.seq))));
    }
    await tx.done;
    return gone;
  });
}

function without(range: SeqRange, here: ReadonlySet<number>): SeqRange[] {
  const rest: SeqRange[] = [];
  for (let seq = range.from; seq <= range.to; seq += 1) {
    if (here.has(seq)) continue;
    const last = rest.at(-1);
    if (last && last.to === seq - 1) last.to = seq;
    else rest.push({ from: seq, to: seq });
  }
  return rest;
}

/** Forgets what was delivered more than 30 days ago. What needs attention stays until somebody has decided. */
export async function forgetOld(connection: Connection, now: number): Promise<void> {
  await connection.use(async (db) => {
    const tx = db.transaction(['operations', 'photos', 'photoBytes'], 'readwrite');
    const isOld = (kept: OutboxEntry | StoredPhoto) =>
      kept.state === 'delivered' && kept.receivedAt !== null && now - kept.receivedAt > stockMs;
    const operations = tx.objectStore('operations');
    const before = IDBKeyRange.upperBound(now - stockMs);
    for (const entry of await operations.index('savedAt').getAll(before)) {
      if (isOld(entry)) operations.delete(entry.id).catch(() => undefined);
    }
    const photos = tx.objectStore('photos');
    for (const photo of await photos.getAll()) {
      if (!isOld(photo)) continue;
      photos.delete(photo.id).catch(() => undefined);
      tx.objectStore('photoBytes')
        .delete(photo.id)
        .catch(() => undefined);
    }
    await tx.done;
  });
}
