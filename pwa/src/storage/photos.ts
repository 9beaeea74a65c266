import { personIdOf, type NewPhoto } from './operation';
import { metaOf, type Connection } from './outbox-database';
import { openBytes, sealBytes, type SealedRow } from './rows';
import type { StoredPhoto } from './types';

/** Seals the bytes of photos for this phone, and opens them again for the screen and for the way to the server. */
export interface PhotoSeal {
  seal(id: string, bytes: ArrayBuffer): Promise<ArrayBuffer | SealedRow>;
  /** null: gone, or the key with which they were sealed is. */
  open(id: string, kept: ArrayBuffer | SealedRow | undefined): Promise<ArrayBuffer | null>;
}

/** Without a key they lie as they are: for tests of the outbox alone. */
export function photoSeal(key?: () => Promise<CryptoKey>): PhotoSeal {
  return {
    seal: async (id, bytes) => (key ? sealBytes(await key(), `photo|${id}`, new Uint8Array(bytes)) : bytes),
    async open(id, kept) {
      if (!kept || !('iv' in kept)) return kept ?? null;
      return key ? openBytes(await key(), `photo|${id}`, kept).catch(() => null) : null;
    },
  };
}

/** Keeps a photo of a visit in progress: what it is in one store, its bytes in another, together. */
export async function keepPhoto(
  connection: Connection,
  photo: NewPhoto,
  bytes: ArrayBuffer | SealedRow,
): Promise<void> {
  await connection.use(async (db) => {
    const tx = db.transaction(['photos', 'photoBytes', 'meta'], 'readwrite', { durability: 'strict' });
    const { session } = metaOf(await tx.objectStore('meta').getAll());
    const photos = tx.objectStore('photos');
    photos.put({ ...photo, personId: personIdOf(session) ?? 0 }).catch(() => undefined);
    const contents = tx.objectStore('photoBytes');
    contents.put(bytes, photo.id).catch(() => undefined);
    await tx.done;
  });
}

export async function deletePhoto(connection: Connection, id: string): Promise<void> {
  await connection.use(async (db) => {
    const tx = db.transaction(['photos', 'photoBytes'], 'readwrite');
    for (const name of ['photos', 'photoBytes'] as const) {
      const store = tx.objectStore(name);
      store.delete(id).catch(() => undefined);
    }
    await tx.done;
  });
}

export async function changePhoto(
  connection: Connection,
  id: string,
  change: Partial<StoredPhoto>,
): Promise<void> {
  await connection.use(async (db) => {
    const tx = db.transaction('photos', 'readwrite');
    const photo = await tx.store.get(id);
    if (photo) tx.store.put({ ...photo, ...change }).catch(() => undefined);
    await tx.done;
  });
}
