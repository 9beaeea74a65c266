import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { v7 } from 'uuid';
import type { SealedRow } from './rows';
import { NotSaved, type Meta, type NotSavedReason, type OutboxEntry, type StoredPhoto } from './types';

export interface Draft {
  key: string;
  /** JSON, as it was when it was saved; empty where it is sealed. */
  text: string;
  /** Under this phone's own key. Absent in drafts of earlier versions. */
  sealed?: SealedRow;
  savedAt: number;
}

/** Tiny and frozen: versions only add, and no code ever drops this database. */
export interface OutboxSchema extends DBSchema {
  operations: { key: string; value: OutboxEntry; indexes: { seq: number; state: string; savedAt: number } };
  drafts: { key: string; value: Draft };
  photos: { key: string; value: StoredPhoto; indexes: { visitId: string } };
  /** By photo, under this phone's own key; bare in earlier versions. Never a Blob: Safari aborts the transaction. */
  photoBytes: { key: string; value: ArrayBuffer | SealedRow };
  meta: { key: string; value: { key: string; value: unknown } };
}

export type OutboxDatabase = IDBPDatabase<OutboxSchema>;

export const outboxName = 'routebook-outbox';
const version = 1;
/** Some iOS versions never answer an open request. */
const openPatienceMs = 10_000;

export interface Connection {
  /**
   * Runs a deed on the database. A connection that the system has killed (iOS does, in the background) is opened again
   * once; then, and for every other fault, NotSaved.
   */
  use<T>(deed: (db: OutboxDatabase) => Promise<T>): Promise<T>;
  close(): void;
}

export interface ConnectionEvents {
  /** A newer version of the app wants the database: keep the drafts, then this tab lets go of it. */
  outdated?: () => Promise<void> | void;
  /** Another, older tab holds the database. */
  blocked?: () => void;
}

export function connect(name: string, events: ConnectionEvents = {}): Connection {
  let opening: Promise<OutboxDatabase> | null = null;
  let isOutdated = false;

  function open(): Promise<OutboxDatabase> {
    if (isOutdated) return Promise.reject(new NotSaved('outdated'));
    const attempt = openOutbox(name, {
      blocked: () => events.blocked?.(),
      blocking: () => void letGo(attempt),
      terminated: () => forget(attempt),
    });
    attempt.catch(() => forget(attempt));
    return (opening = attempt);
  }

  function forget(which: Promise<OutboxDatabase>): void {
    if (opening === which) opening = null;
  }

  async function letGo(which: Promise<OutboxDatabase>): Promise<void> {
    await Promise.resolve(events.outdated?.()).catch(() => undefined);
    isOutdated = true;
    forget(which);
    (await which).close();
  }

  return {
    async use(deed) {
      for (let tries = 0; ; tries += 1) {
        const current = opening ?? open();
        try {
          return await deed(await current);
        } catch (error) {
          const reason = reasonOf(error);
          if (reason !== 'connection' || tries > 0) throw asNotSaved(error);
          forget(current);
          void current.then((db) => db.close()).catch(() => undefined);
        }
      }
    },
    close() {
      const current = opening;
      opening = null;
      void current?.then((db) => db.close()).catch(() => undefined);
    },
  };
}

async function openOutbox(
  name: string,
  watch: { blocked: () => void; blocking: () => void; terminated: () => void },
): Promise<OutboxDatabase> {
  const settings = {
    ...watch,
    upgrade(db: OutboxDatabase) {
      if (db.objectStoreNames.contains('meta')) return;
      const operations = db.createObjectStore('operations', { keyPath: 'id' });
      operations.createIndex('seq', 'seq', { unique: true });
      operations.createIndex('state', 'state');
      operations.createIndex('savedAt', 'savedAt');
      db.createObjectStore('drafts', { keyPath: 'key' });
      db.createObjectStore('photos', { keyPath: 'id' }).createIndex('visitId', 'visitId');
      db.createObjectStore('photoBytes');
      const meta = db.createObjectStore('meta', { keyPath: 'key' });
      void meta.put({ key: 'device', value: v7() });
      void meta.put({ key: 'nextSeq', value: 1 });
    },
  };
  let late: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<never>((_resolve, reject) => {
    late = setTimeout(() => reject(new NotSaved('unavailable')), openPatienceMs);
  });
  // A database of a later version of the app, which has only added to this one, serves an earlier version too.
  const open = async () => {
    try {
      return await openDB<OutboxSchema>(name, version, settings);
    } catch (error) {
      if (nameOf(error) !== 'VersionError') throw error;
      return openDB<OutboxSchema>(name, undefined, settings);
    }
  };
  const opened = open();
  try {
    return await Promise.race([opened, patience]);
  } catch (error) {
    void opened.then((db) => db.close()).catch(() => undefined);
    throw error instanceof NotSaved ? error : new NotSaved('unavailable', error);
  } finally {
    clearTimeout(late);
  }
}

export function nameOf(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : '';
}

export function reasonOf(error: unknown): NotSavedReason {
  if (error instanceof NotSaved) return error.reason;
  const name = nameOf(error);
  if (name === 'QuotaExceededError') return 'quota';
  const isLost = ['InvalidStateError', 'UnknownError', 'AbortError', 'TransactionInactiveError'].includes(
    name,
  );
  return isLost ? 'connection' : 'unknown';
}

export function asNotSaved(error: unknown): NotSaved {
  return error instanceof NotSaved ? error : new NotSaved(reasonOf(error), error);
}

export async function readMeta(db: OutboxDatabase): Promise<Meta> {
  return metaOf(await db.getAll('meta'));
}

export function metaOf(rows: readonly { key: string; value: unknown }[]): Meta {
  return {
    device: '',
    nextSeq: 1,
    highWater: 0,
    clockOffset: null,
    epoch: null,
    serverSeq: 0,
    known: null,
    lost: [],
    registered: null,
    session: null,
    signOutPending: false,
    lastSuccess: null,
    missing: [],
    inboxKey: null,
    checkpoint: null,
    signs: false,
    stopped: null,
    ...Object.fromEntries(rows.map((row) => [row.key, row.value])),
  };
}
