import { openDB } from 'idb';
import { outboxName } from './outbox-database';
import { base64 } from './seal';

/** In which way this phone is not fit to carry a day's work. */
export type Unfit =
  /** An in-app browser or WebView: its storage goes when it likes. */
  | 'in_app'
  /** Something that we cannot do without is absent. */
  | 'unsupported'
  /** A private window: everything is gone when it closes. */
  | 'private'
  /** The outbox cannot be opened. */
  | 'outbox'
  /** Safari on iOS outside the home screen deletes storage after seven days. */
  | 'not_installed';

export interface StorageHealth {
  /** null: not known yet. */
  persisted: boolean | null;
  standalone: boolean;
  /** Share of the room that is used, 0 to 1; null: the browser does not say. */
  used: number | null;
  /** 99 % or more is used: said before the first visit (B23). */
  nearlyFull: boolean;
  /** null: fit for a work day. */
  unfit: Unfit | null;
}

export const unknownHealth: StorageHealth = {
  persisted: null,
  standalone: false,
  used: null,
  nearlyFull: false,
  unfit: null,
};

const fullFrom = 0.99;
const inApp = /MicroMessenger|\bQQ\/|DingTalk|Lark\/|AlipayClient|FBA[NV]|Instagram|\bLine\/|; wv\)/i;

/** Asks the browser once more to keep our storage, and looks at what may go wrong with it. */
export async function examineStorage(canOpenOutbox: () => Promise<unknown>): Promise<StorageHealth> {
  const standalone = isStandalone();
  const [persisted, used, opens] = await Promise.all([
    persist(),
    usedShare(),
    canOpenOutbox().then(
      () => true,
      () => false,
    ),
  ]);
  return {
    persisted,
    standalone,
    used,
    nearlyFull: used !== null && used >= fullFrom,
    unfit: await unfitness(opens, standalone),
  };
}

async function unfitness(opens: boolean, standalone: boolean): Promise<Unfit | null> {
  const { userAgent } = navigator;
  if (inApp.test(userAgent)) return 'in_app';
  if (!('indexedDB' in globalThis) || !('serviceWorker' in navigator) || !globalThis.crypto?.subtle) {
    return 'unsupported';
  }
  if (!opens) return 'outbox';
  if (await isPrivate()) return 'private';
  return isIos(userAgent) && !standalone ? 'not_installed' : null;
}

export function isStandalone(): boolean {
  const asApp = typeof matchMedia === 'function' && matchMedia('(display-mode: standalone)').matches;
  return asApp || ('standalone' in navigator && navigator.standalone === true);
}

function isIos(userAgent: string): boolean {
  return /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && navigator.maxTouchPoints > 1);
}

async function persist(): Promise<boolean | null> {
  const { storage } = navigator;
  if (!storage?.persist) return null;
  try {
    return (await storage.persisted()) || (await storage.persist());
  } catch {
    return false;
  }
}

async function usedShare(): Promise<number | null> {
  try {
    const { usage, quota } = await navigator.storage.estimate();
    return usage !== undefined && quota ? usage / quota : null;
  } catch {
    return null;
  }
}

/** Below this quota a Chromium window is a private one: an ordinary profile has a share of the whole disk. */
const privateHeapShare = 2;

/**
 * No browser says so. Safari and Firefox refuse the private file system in a private window; Chromium's private windows
 * live in memory, so that their quota is tied to the heap.
 */
async function isPrivate(): Promise<boolean> {
  try {
    await navigator.storage.getDirectory?.();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'SecurityError') return true;
  }
  const heap = heapLimit();
  const quota = await temporaryQuota();
  return heap !== null && quota !== null && quota < heap * privateHeapShare;
}

function heapLimit(): number | null {
  if (!('memory' in performance)) return null;
  const { memory } = performance;
  if (typeof memory !== 'object' || memory === null || !('jsHeapSizeLimit' in memory)) return null;
  return typeof memory.jsHeapSizeLimit === 'number' ? memory.jsHeapSizeLimit : null;
}

interface TemporaryStorage {
  queryUsageAndQuota(done: (usage: number, quota: number) => void, failed: () => void): void;
}

function temporaryQuota(): Promise<number | null> {
  if (!('webkitTemporaryStorage' in navigator)) return Promise.resolve(null);
  const storage = navigator.webkitTemporaryStorage as TemporaryStorage;
  return new Promise((resolve) => {
    storage.queryUsageAndQuota(
      (_usage, quota) => resolve(quota),
      () => resolve(null),
    );
  });
}

/**
 * All that the outbox still gives, as a file's text, for the office to read in by hand (B18). Opened without a version,
 * so that an outbox of another version of the app is read too; throws when nothing can be read.
 */
export async function rawExport(name: string = outboxName): Promise<string> {
  const db = await openDB(name);
  try {
    const stores: Record<string, unknown> = {};
    for (const store of db.objectStoreNames) {
      const [keys, values] = await Promise.all([db.getAllKeys(store), db.getAll(store)]);
      stores[store] = keys.map((key, at) => ({ key, value: values[at] as unknown }));
    }
    return JSON.stringify({ name, version: db.version, stores }, (_key, value: unknown) =>
      value instanceof ArrayBuffer ? { base64: base64(value) } : value,
    );
  } finally {
    db.close();
  }
}
