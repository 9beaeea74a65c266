import { stockMs } from './delivery';
import type { Connection } from './outbox-database';
import type { OutboxEntry, StoredPhoto } from './types';

// What few phones ever need, fetched (from the precache) when they do.

/**
 * The server is another one than before (D9): everything of the last 30 days that it once had, photos too, waits again.
 * One transaction with the new epoch, so that no kill leaves the one without the other.
 */
export async function requeueAll(connection: Connection, epoch: string, now: number): Promise<void> {
  await connection.use(async (db) => {
    const tx = db.transaction(['operations', 'photos', 'photoBytes', 'meta'], 'readwrite', {
      durability: 'strict',
    });
    const known = await tx.objectStore('meta').get('epoch');
    if (known?.value !== epoch) {
      const again = { state: 'waiting', notBefore: 0, attempts: 0, code: '', detail: '' } as const;
      for (const entry of await tx.objectStore('operations').getAll()) {
        if (!isStock(entry, now)) continue;
        tx.objectStore('operations')
          .put({ ...entry, ...again })
          .catch(() => undefined);
      }
      const withBytes = new Set(await tx.objectStore('photoBytes').getAllKeys());
      for (const photo of await tx.objectStore('photos').getAll()) {
        if (!isStock(photo, now) || !withBytes.has(photo.id)) continue;
        tx.objectStore('photos')
          .put({ ...photo, state: 'waiting', notBefore: 0, attempts: 0, code: '' })
          .catch(() => undefined);
      }
      for (const [key, value] of Object.entries({ epoch, serverSeq: 0 })) {
        tx.objectStore('meta')
          .put({ key, value })
          .catch(() => undefined);
      }
    }
    await tx.done;
  });
}

function isStock(kept: Pick<OutboxEntry | StoredPhoto, 'state' | 'receivedAt'>, now: number): boolean {
  if (kept.state !== 'delivered' && kept.state !== 'attention') return false;
  return kept.receivedAt !== null && now - kept.receivedAt <= stockMs;
}

/** Gives back the room of photos that the server has. */
export async function dropDeliveredPhotos(connection: Connection): Promise<void> {
  await connection.use(async (db) => {
    const tx = db.transaction(['photos', 'photoBytes'], 'readwrite');
    for (const photo of await tx.objectStore('photos').getAll()) {
      if (photo.state !== 'delivered') continue;
      tx.objectStore('photoBytes')
        .delete(photo.id)
        .catch(() => undefined);
    }
    await tx.done;
  });
}

/** Drafts, photos and what lies here in the clear and has arrived. What waits for its receipt stays in any case. */
export async function wipeOutbox(connection: Connection): Promise<void> {
  await connection.use(async (db) => {
    const tx = db.transaction(['operations', 'drafts', 'photos', 'photoBytes', 'meta'], 'readwrite', {
      durability: 'strict',
    });
    for (const store of ['drafts', 'photos', 'photoBytes'] as const) {
      tx.objectStore(store)
        .clear()
        .catch(() => undefined);
    }
    const operations = tx.objectStore('operations');
    for (const entry of await operations.index('state').getAll('delivered')) {
      if (!entry.keyId) operations.delete(entry.id).catch(() => undefined);
    }
    tx.objectStore('meta')
      .put({ key: 'session', value: null })
      .catch(() => undefined);
    await tx.done;
  });
}
