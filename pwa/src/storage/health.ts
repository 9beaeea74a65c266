import { isStandalone, type StorageHealth, type Unfit } from './fitness';

const fullFrom = 0.99;
const inApp = /MicroMessenger|\bQQ\/|DingTalk|Lark\/|AlipayClient|FBA[NV]|Instagram|\bLine\/|; wv\)/i;

/** Asks the browser once more to keep our storage, and looks at what may go wrong with it. */
export async function examineStorage(canOpenOutbox: () => Promise<unknown>): Promise<StorageHealth> {
  const standalone = isStandalone();
  const [persisted, used, room, opens] = await Promise.all([
    persist(),
    usedShare(),
    hasRoom(),
    canOpenOutbox().then(
      () => true,
      () => false,
    ),
  ]);
  return {
    persisted,
    standalone,
    used,
    nearlyFull: !room || (used !== null && used >= fullFrom),
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

/** A few photos. */
const roomBytes = 2_000_000;
const roomName = 'routebook-room';

/**
 * Newer Chromium tells every page of the same ten free gigabytes, so that only trying shows whether there is room for the
 * next photos (B23).
 */
async function hasRoom(): Promise<boolean> {
  if (!('caches' in globalThis)) return true;
  try {
    const cache = await caches.open(roomName);
    await cache.put('/room', new Response(new Uint8Array(roomBytes)));
    return true;
  } catch (error) {
    return !(error instanceof DOMException && error.name === 'QuotaExceededError');
  } finally {
    await caches.delete(roomName).catch(() => false);
  }
}

/** Below this quota a Chromium window is a private one: an ordinary profile has a share of the whole disk. */
const privateHeapShare = 2;
/** Whatever the heap: an ordinary profile on a small disk must not be taken for a private one. */
const privateMost = 4 * 2 ** 30;

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
  return heap !== null && quota !== null && quota < Math.min(heap * privateHeapShare, privateMost);
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
