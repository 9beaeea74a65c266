import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { Lease } from '@/domain/lease';
import type { Card, Catalogue, IndexEntry, LoadEntry, Manifest } from '@/api';

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

interface Head {
  manifest: Manifest;
  /** null: the book is not complete, ask again. */
  etag: string | null;
  format: number;
}

interface DaybookSchema extends DBSchema {
  manifest: { key: 'now'; value: Head };
  cards: { key: number; value: Card };
  catalogue: { key: 'now'; value: Catalogue };
  index: { key: 'now'; value: { version: string; entries: readonly IndexEntry[] } };
  load: { key: 'now'; value: { version: string | null; entries: readonly LoadEntry[] } };
}

type Database = IDBPDatabase<DaybookSchema>;

export const daybookName = 'routebook-daybook';
const version = 1;
/** Raised when what is stored changes shape: the book is dropped and pulled again. */
const format = 1;
const stores = ['manifest', 'cards', 'catalogue', 'index', 'load'] as const;

export interface DaybookStore {
  read(): Promise<(Daybook & { etag: string | null }) | null>;
  /** Of the book that is here, in ms; null: there is none. */
  lease(): Promise<Lease | null>;
  /** What the book holds, to know what differs from a new manifest. */
  versions(): Promise<BookVersions>;
  /** The new manifest with its pages takes the old one's place, in one transaction. */
  swap(manifest: Manifest, fetched: Fetched, etag: string | null): Promise<void>;
  drop(): Promise<void>;
  close(): void;
}

export interface BookVersions {
  etag: string | null;
  personId: number | null;
  cards: ReadonlyMap<number, number>;
  catalogue: number | null;
  index: string | null;
  load: string | null;
}

const nothing: BookVersions = {
  etag: null,
  personId: null,
  cards: new Map(),
  catalogue: null,
  index: null,
  load: null,
};

/**
 * The only door to the book's database, which is disposable: when it cannot be opened or read it is dropped, and the
 * next pull fills it again (B17). Whoever encrypts the book does it here.
 */
export function createDaybook(name: string = daybookName): DaybookStore {
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
    read: () => use(readBook),
    versions: () => use(readVersions),
    lease: async () => {
      const head = await use((db) => db.get('manifest', 'now'));
      if (!head || head.format !== format) return null;
      return { from: Date.parse(head.manifest.lease.from), until: Date.parse(head.manifest.lease.until) };
    },
    swap: (manifest, fetched, etag) => use((db) => swapBook(db, manifest, fetched, etag)),
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
      for (const store of stores) {
        if (db.objectStoreNames.contains(store)) continue;
        if (store === 'cards') db.createObjectStore(store, { keyPath: 'id' });
        else db.createObjectStore(store);
      }
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

async function readBook(db: Database): Promise<(Daybook & { etag: string | null }) | null> {
  const tx = db.transaction(stores);
  const [head, cards, catalogue, index, load] = await Promise.all([
    tx.objectStore('manifest').get('now'),
    tx.objectStore('cards').getAll(),
    tx.objectStore('catalogue').get('now'),
    tx.objectStore('index').get('now'),
    tx.objectStore('load').get('now'),
  ]);
  if (!head || head.format !== format) return null;
  return {
    manifest: head.manifest,
    etag: head.etag,
    cards: new Map(cards.map((card) => [card.id, card])),
    catalogue: catalogue ?? null,
    index: index?.entries ?? [],
    load: load?.entries ?? [],
  };
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
  if (!head || head.format !== format) return nothing;
  return {
    etag: head.etag,
    personId: head.manifest.person.id,
    cards: new Map(cards.map((card) => [card.id, card.version])),
    catalogue: catalogue?.version ?? null,
    index: index?.version ?? null,
    load: load?.version ?? null,
  };
}

async function swapBook(
  db: Database,
  manifest: Manifest,
  fetched: Fetched,
  etag: string | null,
): Promise<void> {
  const tx = db.transaction(stores, 'readwrite');
  const requests: Promise<unknown>[] = [];
  const listed = new Set(manifest.cards.map(([outletId]) => outletId));
  const cards = tx.objectStore('cards');
  const head = await tx.objectStore('manifest').get('now');
  const isOurs = head?.format === format && head.manifest.person.id === manifest.person.id;
  if (!isOurs) for (const store of stores) requests.push(tx.objectStore(store).clear());
  for (const key of await cards.getAllKeys()) if (!listed.has(key)) requests.push(cards.delete(key));
  for (const card of fetched.cards) if (listed.has(card.id)) requests.push(cards.put(card));
  if (fetched.catalogue) requests.push(tx.objectStore('catalogue').put(fetched.catalogue, 'now'));
  if (fetched.index) {
    requests.push(
      tx.objectStore('index').put({ version: manifest.index_version, entries: fetched.index }, 'now'),
    );
  }
  if (fetched.load) {
    requests.push(tx.objectStore('load').put({ version: manifest.load, entries: fetched.load }, 'now'));
  }
  if (manifest.load === null) requests.push(tx.objectStore('load').delete('now'));
  requests.push(tx.objectStore('manifest').put({ manifest, etag, format }, 'now'));
  for (const request of requests) request.catch(() => undefined);
  await tx.done;
}
