import type { SeqRange } from '@/api';
import { now as clockNow } from '@/domain/clock';
import { forgetOld, reconcile, settle, type Outcome } from './delivery';
import { createDrafts, type Drafts } from './drafts';
import { newPhoto, prepare, preparePhoto, unsealed, type Sealer } from './operation';
import { changePhoto, deletePhoto, keepPhoto, photoSeal } from './photos';
import { connect, metaOf, outboxName, readMeta } from './outbox-database';
import { save, type FreeSpace } from './saving';
import { unpack } from './seal';
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
  /** null: room was needed and the server has it. */
  photoBytes(id: string): Promise<ArrayBuffer | null>;
  changePhoto(id: string, change: Partial<StoredPhoto>): Promise<void>;
  /** In order of their numbers. */
  entries(state?: OutboxEntry['state']): Promise<OutboxEntry[]>;
  /** Those saved at or after an instant (ms). */
  entriesSince(savedAt: number): Promise<OutboxEntry[]>;
  count(state: OutboxEntry['state']): Promise<number>;
  /** What an entry says, for this person's own screens; undefined while it cannot be read. */
  ownBody(entry: OutboxEntry): Promise<unknown>;
  settle(outcomes: readonly Outcome[], meta?: Partial<Meta>): Promise<void>;
  requeueAll(epoch: string): Promise<void>;
  reconcile(missing: readonly SeqRange[], except: ReadonlySet<string>): Promise<SeqRange[]>;
  forgetOld(): Promise<void>;
  /** What a stopped access leaves: operations without a receipt, and those that nobody here can read. */
  wipe(): Promise<void>;
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
  seal?: Sealer;
  /** Keeps a readable copy of what was sealed, while somebody may read it. */
  mirror?: { keep(id: string, body: unknown): Promise<void>; read(id: string): Promise<unknown> };
  /** Seals what is half entered, and photos until the server has them. */
  draftKey?: () => Promise<CryptoKey>;
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
  const drafts = createDrafts(connection, now, parts.draftKey);
  const own = photoSeal(parts.draftKey);
  const listeners = new Set<(saved: SavedOperation) => void>();
  const freeSpace: FreeSpace = [
    async () => {
      await (await rarely()).dropDeliveredPhotos(connection);
      await parts.freeSpace?.[0]?.();
    },
    ...(parts.freeSpace ?? []).slice(1),
  ];

  async function saveOperation<K extends OperationKind>(
    kind: K,
    body: OperationBodies[K],
    options: SaveOptions = {},
  ): Promise<SavedOperation> {
    const release = options.dropDraft === undefined ? undefined : drafts.withhold(options.dropDraft);
    try {
      const time = now();
      const sealer = parts.seal ?? unsealed;
      const prepared = await prepare(kind, body, options, time, sealer);
      const photos = [];
      for (const photo of options.photos ?? []) {
        const known =
          typeof photo === 'string' ? await connection.use((db) => db.get('photos', photo)) : photo;
        if (known) photos.push(await preparePhoto(known, prepared.id, time, sealer, own));
      }
      // Before the entry: a copy too many harms nobody, an entry that its own author cannot see does.
      if (prepared.keyId !== null) await parts.mirror?.keep(prepared.id, body).catch(() => undefined);
      const written = await save(connection, prepared, photos, options.dropDraft, freeSpace);
      release?.(true);
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
      release?.(false);
      throw error instanceof NotSaved ? error : new NotSaved('unknown', error);
    }
  }

  return {
    ...drafts,
    saveOperation,
    savePhoto: async (photo) =>
      keepPhoto(connection, await newPhoto(photo, now()), await own.seal(photo.id, photo.bytes)),
    deletePhoto: (id) => deletePhoto(connection, id),
    photosOf: (visitId) => connection.use((db) => db.getAllFromIndex('photos', 'visitId', visitId)),
    photos: () => connection.use((db) => db.getAll('photos')),
    photoBytes: async (id) => own.open(id, await connection.use((db) => db.get('photoBytes', id))),
    changePhoto: (id, change) => changePhoto(connection, id, change),
    entries: async (state) => {
      const found = await connection.use((db) =>
        state ? db.getAllFromIndex('operations', 'state', state) : db.getAll('operations'),
      );
      return found.sort(bySeq);
    },
    entriesSince: async (savedAt) => {
      const range = IDBKeyRange.lowerBound(savedAt);
      return (await connection.use((db) => db.getAllFromIndex('operations', 'savedAt', range))).sort(bySeq);
    },
    count: (state) => connection.use((db) => db.countFromIndex('operations', 'state', state)),
    ownBody: (entry) =>
      entry.keyId ? (parts.mirror?.read(entry.id) ?? Promise.resolve(undefined)) : unpack(entry.body),
    settle: (outcomes, meta) => settle(connection, outcomes, meta),
    requeueAll: async (epoch) => (await rarely()).requeueAll(connection, epoch, now()),
    reconcile: (missing, except) => reconcile(connection, missing, except),
    forgetOld: () => forgetOld(connection, now()),
    wipe: async () => {
      await drafts.flushDrafts();
      await (await rarely()).wipeOutbox(connection);
    },
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

const rarely = () => import('./rarely');

function bySeq(a: OutboxEntry, b: OutboxEntry): number {
  return a.seq - b.seq;
}
