import { personIdOf, type NewPhoto } from './operation';
import { metaOf, type Connection } from './outbox-database';
import type { StoredPhoto } from './types';

/** Keeps a photo of a visit in progress: what it is in one store, its bytes in another, together. */
export async function keepPhoto(connection: Connection, photo: NewPhoto, bytes: ArrayBuffer): Promise<void> {
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
