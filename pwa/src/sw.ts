/// <reference lib="webworker" />
import {
  cleanupOutdatedCaches,
  createHandlerBoundToURL,
  precacheAndRoute,
  type PrecacheEntry,
} from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import en from './i18n/locales/en/notices.json';
import zh from './i18n/locales/zh-CN/notices.json';
import { noticesPath, readPushed } from './features/notices/pushed';

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (PrecacheEntry | string)[] };

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();
registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: [/^\/(api|h)(\/|$)/] }),
);

// The page of the very first start was loaded without a worker: take it, or what it opens later would need the network.
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

// A new version waits until a person takes it (useAppUpdate): a visit in progress is never reloaded away.
self.addEventListener('message', (event) => {
  const message: unknown = event.data;
  if (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === 'SKIP_WAITING'
  ) {
    void self.skipWaiting();
  }
});

// A push message holds a kind and a count (RFC 8291 keeps even that from the push service); the words are ours.
self.addEventListener('push', (event) => {
  const { kind, count } = readPushed(event.data?.text() ?? '');
  const words = navigator.language.startsWith('zh') ? zh.pushed : en.pushed;
  const title = Object.entries(words.kind).find(([known]) => known === kind)?.[1] ?? words.other;
  event.waitUntil(
    self.registration.showNotification(title, {
      body: count > 0 ? words.count.replace('{count}', String(count)) : '',
      tag: 'routebook',
      icon: '/icon-192.png',
    }),
  );
});

// Whatever was pushed, a tap leads to a page of this app.
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(openNotices());
});

async function openNotices(): Promise<void> {
  const windows = await self.clients.matchAll({ type: 'window' });
  const open = windows.find((client) => new URL(client.url).origin === self.location.origin);
  if (!open) return void (await self.clients.openWindow(noticesPath));
  await open.focus();
  await open.navigate(noticesPath).catch(() => null);
}
