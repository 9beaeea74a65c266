import { metaOf, reasonOf, type Connection, type OutboxDatabase } from './outbox-database';
import { entryOf, personIdOf, type Prepared, type PreparedPhoto } from './operation';
import { NotSaved, type OutboxEntry, type SavedOperation } from './types';

/** Ways to make room, the least painful first. */
export type FreeSpace = readonly (() => Promise<void>)[];

export interface Written {
  operation: OutboxEntry;
  device: string;
  highestSeq: number;
}

/**
 * Saves an operation with its photos and the end of its draft. When the phone is full, caches are freed and it is tried
 * again (B4); then the new photos are left out (B5); then it is NotSaved.
 */
export async function save(
  connection: Connection,
  prepared: Prepared,
  photos: readonly PreparedPhoto[],
  dropDraft: string | undefined,
  freeSpace: FreeSpace,
): Promise<SavedOperation & Written> {
  const attempt = (which: readonly PreparedPhoto[]) =>
    connection.use((db) => write(db, prepared, which, dropDraft));
  const kept = photos.filter((photo) => photo.bytes === null);
  const leftOut = photos.filter((photo) => photo.bytes !== null).map(({ photo }) => photo.id);
  const [gentle, ...drastic] = freeSpace;
  const plans: { free?: () => Promise<void>; photos: readonly PreparedPhoto[]; leftOut: string[] }[] = [
    { photos, leftOut: [] },
    { free: gentle, photos, leftOut: [] },
    ...(leftOut.length > 0 ? [{ photos: kept, leftOut }] : []),
    ...drastic.map((free) => ({ free, photos: kept, leftOut })),
  ];
  let problem: unknown;
  for (const plan of plans) {
    await plan.free?.().catch(() => undefined);
    try {
      const written = await attempt(plan.photos);
      const { id, seq, capturedAt } = written.operation;
      return { ...written, id, seq, capturedAt, photosLeftOut: plan.leftOut };
    } catch (error) {
      if (reasonOf(error) !== 'quota') throw error;
      problem = error;
    }
  }
  throw problem;
}

/** One transaction, on the disk when it resolves; the number is taken and written in it. */
async function write(
  db: OutboxDatabase,
  prepared: Prepared,
  photos: readonly PreparedPhoto[],
  dropDraft: string | undefined,
): Promise<Written> {
  const tx = db.transaction(['operations', 'photos', 'photoBytes', 'drafts', 'meta'], 'readwrite', {
    durability: 'strict',
  });
  const done = tx.done;
  done.catch(() => undefined);
  try {
    const operations = tx.objectStore('operations');
    const meta = metaOf(await tx.objectStore('meta').getAll());
    // A connection may die after the commit and before its answer: then the operation is there already.
    const before = await operations.get(prepared.id);
    if (before) {
      await done;
      return { operation: before, device: meta.device, highestSeq: meta.nextSeq - 1 };
    }
    const personId = personIdOf(meta.session);
    if (personId === null) throw new NotSaved('signed_out');
    const all = [prepared, ...photos.map(({ attach }) => attach)];
    const entries = all.map((one, index) => entryOf(one, meta.nextSeq + index, personId, meta));
    const first = entries[0] as OutboxEntry;
    if (photos.length > 0) entries[0] = { ...first, about: { ...first.about, photos: photos.length } };
    const nextSeq = meta.nextSeq + entries.length;
    for (const entry of entries) operations.add(entry).catch(() => undefined);
    for (const { photo, bytes } of photos) {
      tx.objectStore('photos')
        .put({ ...photo, personId })
        .catch(() => undefined);
      if (!bytes) continue;
      tx.objectStore('photoBytes')
        .put(bytes, photo.id)
        .catch(() => undefined);
    }
    if (dropDraft !== undefined) {
      tx.objectStore('drafts')
        .delete(dropDraft)
        .catch(() => undefined);
    }
    tx.objectStore('meta')
      .put({ key: 'nextSeq', value: nextSeq })
      .catch(() => undefined);
    await done;
    return { operation: first, device: meta.device, highestSeq: nextSeq - 1 };
  } catch (error) {
    abort(tx);
    throw error;
  }
}

export function abort(tx: { abort: () => void }): void {
  try {
    tx.abort();
  } catch {
    // It has ended by itself.
  }
}
