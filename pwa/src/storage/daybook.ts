import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Lease } from '@/domain/lease';
import type { Card, Catalogue, IndexEntry, LoadEntry, Manifest } from '@/api';
import {
  format,
  openAll,
  place,
  sealAll,
  type CardRow,
  type Head,
  type Page,
  type SealedBook,
} from './book-rows';
import { openRow, sealRow, type SealedRow } from './rows';
import type { LeaseKeys } from './vault';

/** What the company lent for the day, as the screens read it. */
export interface Daybook {
  manifest: Manifest;
  cards: ReadonlyMap<number, Card>;
  catalogue: Catalogue | null;
  index: readonly IndexEntry[];
  load: readonly LoadEntry[];
}

/** What a pull brought. Absent parts have not changed. */
export interface Fetched {
  cards: readonly Card[];
  catalogue?: Catalogue | null;
  index?: readonly IndexEntry[] | null;
  load?: readonly LoadEntry[] | null;
}

interface DaybookSchema extends DBSchema {
  manifest: { key: 'now'; value: Head };
  cards: { key: number; value: CardRow };
  catalogue: { key: 'now'; value: Page };
  index: { key: 'now'; value: Page };
  load: { key: 'now'; value: Page };
  /** By operation: what the person did, to be read on this phone for as long as the lease lasts. */
  own: { key: string; value: SealedRow };
}

type Database = IDBPDatabase<DaybookSchema>;

export const daybookName = 'routebook-daybook';
/** The first lay in the clear. */
const version = 2;
const stores = ['manifest', 'cards', 'catalogue', 'index', 'load'] as const;
const allStores = [...stores, 'own'] as const;

export interface DaybookStore {
  /** null: there is none, or its key is not at hand. */
  read(): Promise<(Daybook & { etag: string | null }) | null>;
  /** Of the book that is here, in ms, also while it cannot be read; null: there is none. */
  lease(): Promise<(Lease & { id: string }) | null>;
  /** What the book holds, to know what differs from a new manifest. */
  versions(): Promise<BookVersions>;
  /** The new manifest with its pages takes the old one's place, in one transaction. Throws without the lease's key. */
  swap(manifest: Manifest, fetched: Fetched, etag: string | null): Promise<void>;
  /** Keeps what an operation says for the person's own screens; nothing is kept while the key is away. */
  keepOwn(id: string, body: unknown): Promise<void>;
  /** undefined: it is not here, or cannot be read now. */
  readOwn(id: string): Promise<unknown>;
  drop(): Promise<void>;
  close(): void;
}

export interface BookVersions {
  lease: string | null;
  etag: string | null;
  personId: number | null;
  cards: ReadonlyMap<number, number>;
  catalogue: number | null;
  index: string | null;
  load: string | null;
}

export const noVersions: BookVersions = {
  lease: null,
  etag: null,
  personId: null,
  cards: new Map(),
  catalogue: null,
  index: null,
  load: null,
};

/**
 * The only door to the book's database, which is disposable: when it cannot be opened or read it is dropped, and the
 * next pull fills it again (B17). So is a book with a row that does not open where it lies (E8).
 */
export function createDaybook(name: string, keys: Pick<LeaseKeys, 'key'>): DaybookStore {
  let opening: Promise<Database> | null = null;

  function open(): Promise<Database> {
    if (opening) return opening;
    const attempt = openDaybook(name, () => {
      if (opening === attempt) opening = null;
      void attempt.then((db) => db.close()).catch(() => undefined);
    });
    attempt.catch(() => (opening = null));
    return (opening = attempt);
  }

  async function drop(): Promise<void> {
    const current = opening;
    opening = null;
    await current?.then((db) => db.close()).catch(() => undefined);
    await deleteDatabase(name);
  }

  /** Tries again once: on a connection that was killed, then on a database that was dropped. */
  async function use<T>(deed: (db: Database) => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await deed(await open());
      } catch (error) {
        if (tries === 2 || isFull(error)) throw error;
        if (tries === 1) await drop();
        opening = null;
      }
    }
  }

  return {
    read: () => use((db) => readBook(db, keys)),
    versions: () => use(readVersions),
    lease: async () => (await use(headOf))?.lease ?? null,
    async swap(manifest, fetched, etag) {
      const key = await keys.key(String(manifest.lease.id));
      if (!key) throw new Error('the key of the lease is not here');
      const rows = await sealAll(key, manifest, fetched, etag);
      await use((db) => swapBook(db, manifest, rows));
    },
    async keepOwn(id, body) {
      const lease = (await use(headOf))?.lease.id;
      const key = lease === undefined ? null : await keys.key(lease);
      if (!key || lease === undefined) return;
      const row = await sealRow(key, place(lease, 'own', id, 1), body);
      await use((db) => db.put('own', row, id));
    },
    async readOwn(id) {
      const [head, row] = await use((db) => Promise.all([headOf(db), db.get('own', id)]));
      const key = head && row ? await keys.key(head.lease.id) : null;
      // One that does not open was kept under a key that is gone.
      return key && head && row
        ? openRow(key, place(head.lease.id, 'own', id, 1), row).catch(() => undefined)
        : undefined;
    },
    drop,
    close() {
      void opening?.then((db) => db.close()).catch(() => undefined);
      opening = null;
    },
  };
}

function isFull(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError';
}

function openDaybook(name: string, letGo: () => void): Promise<Database> {
  return openDB<DaybookSchema>(name, version, {
    upgrade(db) {
      for (const store of db.objectStoreNames) db.deleteObjectStore(store);
      for (const store of allStores)
        db.createObjectStore(store, store === 'cards' ? { keyPath: 'id' } : undefined);
    },
    blocking: letGo,
    terminated: letGo,
  });
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => resolve();
    // Another tab lets go of it in a moment; the deletion waits for that, we need not.
    request.onblocked = () => resolve();
  });
}

async function headOf(db: Database): Promise<Head | null> {
  const head = await db.get('manifest', 'now');
  return head?.format === format ? head : null;
}

async function readBook(
  db: Database,
  keys: Pick<LeaseKeys, 'key'>,
): Promise<(Daybook & { etag: string | null }) | null> {
  const tx = db.transaction(stores);
  const [head, cards, catalogue, index, load] = await Promise.all([
    tx.objectStore('manifest').get('now'),
    tx.objectStore('cards').getAll(),
    tx.objectStore('catalogue').get('now'),
    tx.objectStore('index').get('now'),
    tx.objectStore('load').get('now'),
  ]);
  if (head?.format !== format) return null;
  const lease = head.lease.id;
  const key = await keys.key(lease);
  if (!key) return null;
  return openAll(key, { head, cards, catalogue, index, load });
}

async function readVersions(db: Database): Promise<BookVersions> {
  const tx = db.transaction(stores);
  const [head, cards, catalogue, index, load] = await Promise.all([
    tx.objectStore('manifest').get('now'),
    tx.objectStore('cards').getAll(),
    tx.objectStore('catalogue').get('now'),
    tx.objectStore('index').get('now'),
    tx.objectStore('load').get('now'),
  ]);
  if (head?.format !== format) return noVersions;
  return {
    lease: head.lease.id,
    etag: head.etag,
    personId: head.personId,
    cards: new Map(cards.map((card) => [card.id, card.version])),
    catalogue: Number(catalogue?.version ?? NaN) || null,
    index: index ? String(index.version) : null,
    load: load ? String(load.version) : null,
  };
}

async function swapBook(db: Database, manifest: Manifest, { head, ...rows }: SealedBook): Promise<void> {
  const tx = db.transaction(allStores, 'readwrite');
  const requests: Promise<unknown>[] = [];
  const listed = new Set(manifest.cards.map(([outletId]) => outletId));
  const cards = tx.objectStore('cards');
  const before = await tx.objectStore('manifest').get('now');
  const isOurs =
    before?.format === format && before.personId === head.personId && before.lease.id === head.lease.id;
  if (!isOurs) for (const store of allStores) requests.push(tx.objectStore(store).clear());
  for (const key of await cards.getAllKeys()) if (!listed.has(key)) requests.push(cards.delete(key));
  for (const card of rows.cards) if (listed.has(card.id)) requests.push(cards.put(card));
  for (const [store, page] of rows.pages) requests.push(tx.objectStore(store).put(page, 'now'));
  if (manifest.load === null) requests.push(tx.objectStore('load').delete('now'));
  requests.push(tx.objectStore('manifest').put(head, 'now'));
  for (const request of requests) request.catch(() => undefined);
  await tx.done;
}
