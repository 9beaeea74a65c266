import { observable } from './observable';

/**
 * fine · outdated: a newer version of the app is open in another tab, this one can no longer save · blocked: an older tab
 * must be closed first.
 */
export const storageEvents = observable<'fine' | 'outdated' | 'blocked'>('fine');

/** What the browser's caches hold beside the app itself (workbox names its own `…-precache-…`). */
export async function dropRuntimeCaches(): Promise<void> {
  if (!('caches' in globalThis)) return;
  const names = await caches.keys();
  await Promise.all(names.filter((name) => !name.includes('precache')).map((name) => caches.delete(name)));
}
