import type { SeqRange } from '@/api';
import { now as clockNow } from '@/domain/clock';
import { dropDeliveredPhotos, forgetOld, reconcile, requeueAll, settle, type Outcome } from './delivery';
import { createDrafts, type Drafts } from './drafts';
import { newPhoto, personIdOf, prepare, preparePhoto } from './operation';
import { connect, metaOf, outboxName, readMeta } from './outbox-database';
import { save, type FreeSpace } from './saving';
import { rememberSeq } from './seq-cookie';
import {
  NotSaved,
  type Meta,
  type OperationBodies,
  type OperationKind,
  type OutboxEntry,
  type PhotoToSave,
  type SavedOperation,
  type SaveOptions,
  type StoredPhoto,
} from './types';

export interface Outbox extends Omit<Drafts, 'withhold'> {
  /** Resolves when it is on the disk, and only then may a screen say "saved". Throws NotSaved. */
  saveOperation<K extends OperationKind>(
    kind: K,
    body: OperationBodies[K],
    options?: SaveOptions,
  ): Promise<SavedOperation>;
  /** Keeps a photo of a visit in progress; hand its id to `saveOperation`. Throws NotSaved. */
  savePhoto(photo: PhotoToSave): Promise<void>;
  deletePhoto(id: string): Promise<void>;
  photosOf(visitId: string): Promise<StoredPhoto[]>;
  photos(): Promise<StoredPhoto[]>;
  changePhoto(id: string, change: Partial<StoredPhoto>): Promise<void>;
  /** In order of their numbers. */
  entries(state?: OutboxEntry['state']): Promise<OutboxEntry[]>;
  settle(outcomes: readonly Outcome[], meta?: Partial<Meta>): Promise<void>;
  requeueAll(epoch: string): Promise<void>;
  reconcile(missing: readonly SeqRange[], except: ReadonlySet<string>): Promise<SeqRange[]>;
  forgetOld(): Promise<void>;
  meta(): Promise<Meta>;
  /** In one transaction; `change` may not wait for anything. */
  changeMeta(change: (meta: Meta) => Partial<Meta>): Promise<Meta>;
  onSaved(listener: (saved: SavedOperation) => void): () => void;
  close(): void;
}

export interface OutboxParts {
  name?: string;
  now?: () => number;
  freeSpace?: FreeSpace;
  /** Writes and reads the cookie that survives an eviction. */
  cookies?: { cookie: string };
  outdated?: () => void;
  blocked?: () => void;
}

export function createOutbox(parts: OutboxParts = {}): Outbox {
  const now = parts.now ?? clockNow;
  const connection = connect(parts.name ?? outboxName, {
    outdated: async () => {
      await drafts.flushDrafts();
      parts.outdated?.();
    },
    blocked: parts.blocked,
  });
  const drafts = createDrafts(connection, now);
  const listeners = new Set<(saved: SavedOperation) => void>();
  const freeSpace: FreeSpace = [
    async () => {
      await dropDeliveredPhotos(connection);
      await parts.freeSpace?.[0]?.();
    },
    ...(parts.freeSpace ?? []).slice(1),
  ];

  async function saveOperation<K extends OperationKind>(
    kind: K,
    body: OperationBodies[K],
    options: SaveOptions = {},
  ): Promise<SavedOperation> {
    const restore = options.dropDraft === undefined ? undefined : drafts.withhold(options.dropDraft);
    try {
      const time = now();
      const prepared = await prepare(kind, body, options, time);
      const photos = [];
      for (const photo of options.photos ?? []) {
        const known =
          typeof photo === 'string' ? await connection.use((db) => db.get('photos', photo)) : photo;
        if (known) photos.push(await preparePhoto(known, prepared.id, time));
      }
      const written = await save(connection, prepared, photos, options.dropDraft, freeSpace);
      rememberSeq(written.device, written.highestSeq, parts.cookies);
      const saved = {
        id: written.id,
        seq: written.seq,
        capturedAt: written.capturedAt,
        photosLeftOut: written.photosLeftOut,
      };
      for (const listener of listeners) listener(saved);
      return saved;
    } catch (error) {
      restore?.();
      throw error instanceof NotSaved ? error : new NotSaved('unknown', error);
    }
  }

  return {
    ...drafts,
    saveOperation,
    async savePhoto(photo) {
      const stored = await newPhoto(photo, now());
      const personId = personIdOf((await connection.use(readMeta)).session) ?? 0;
      await connection.use(async (db) => {
        const tx = db.transaction('photos', 'readwrite', { durability: 'strict' });
        tx.store.put({ ...stored, personId }).catch(() => undefined);
        await tx.done;
      });
    },
    deletePhoto: (id) => connection.use((db) => db.delete('photos', id)),
    photosOf: async (visitId) =>
      (await connection.use((db) => db.getAll('photos'))).filter((photo) => photo.visitId === visitId),
    photos: () => connection.use((db) => db.getAll('photos')),
    changePhoto: (id, change) =>
      connection.use(async (db) => {
        const tx = db.transaction('photos', 'readwrite');
        const photo = await tx.store.get(id);
        if (photo) tx.store.put({ ...photo, ...change }).catch(() => undefined);
        await tx.done;
      }),
    entries: async (state) => {
      const found = await connection.use((db) =>
        state ? db.getAllFromIndex('operations', 'state', state) : db.getAll('operations'),
      );
      return found.sort((a, b) => a.seq - b.seq);
    },
    settle: (outcomes, meta) => settle(connection, outcomes, meta),
    requeueAll: (epoch) => requeueAll(connection, epoch, now()),
    reconcile: (missing, except) => reconcile(connection, missing, except),
    forgetOld: () => forgetOld(connection, now()),
    meta: () => connection.use(readMeta),
    changeMeta: (change) =>
      connection.use(async (db) => {
        const tx = db.transaction('meta', 'readwrite', { durability: 'strict' });
        const before = metaOf(await tx.store.getAll());
        const changed = change(before);
        for (const [key, value] of Object.entries(changed))
          tx.store.put({ key, value }).catch(() => undefined);
        await tx.done;
        return { ...before, ...changed };
      }),
    onSaved(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => connection.close(),
  };
}
