import { safeParse } from 'valibot';
import { request, type RequestFunction } from '@/api';
import { PushStateSchema } from './schemas';

/**
 * on, off: as the person chose. refused: the browser was told never to ask again. missing: this browser has no push
 * (an iPhone has it only for the installed app). failed: the push service or the office did not answer.
 */
export type PushChoice = 'on' | 'off' | 'refused' | 'missing' | 'failed';

/** What of the browser pushing needs; given from outside, so that it can be tried without one. */
export interface PushHost {
  permission: () => NotificationPermission | null;
  ask: () => Promise<NotificationPermission>;
  manager: () => Promise<PushManager | null>;
}

export const browserHost: PushHost = {
  permission: () => ('Notification' in window ? Notification.permission : null),
  ask: () => Notification.requestPermission(),
  manager: async () => {
    if (!('serviceWorker' in navigator) || !('PushManager' in window)) return null;
    const registration = await navigator.serviceWorker.getRegistration();
    return registration?.pushManager ?? null;
  },
};

/** Whether word of notices is pushed to this phone now. */
export async function pushChoice(host: PushHost, ask: RequestFunction = request): Promise<PushChoice> {
  const permission = host.permission();
  const manager = await host.manager();
  if (permission === null || !manager) return 'missing';
  if (permission === 'denied') return 'refused';
  const known = await manager.getSubscription();
  if (!known) return 'off';
  const answer = await ask('GET', '/notices/push');
  const state = answer.ok ? safeParse(PushStateSchema, answer.data) : null;
  if (!state?.success) return 'failed';
  if (state.output.on && isFor(known, state.output.key)) return 'on';
  return 'off';
}

/** Asks the person, subscribes and tells the office. Where either says no, the list in the app is all there is. */
export async function switchOn(host: PushHost, ask: RequestFunction = request): Promise<PushChoice> {
  const manager = await host.manager();
  if (!manager || host.permission() === null) return 'missing';
  if ((await host.ask()) !== 'granted') return 'refused';
  const answer = await ask('GET', '/notices/push');
  const state = answer.ok ? safeParse(PushStateSchema, answer.data) : null;
  if (!state?.success) return 'failed';
  try {
    const before = await manager.getSubscription();
    if (before && !isFor(before, state.output.key)) await before.unsubscribe();
    const made = await manager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytesOf(state.output.key),
    });
    const { endpoint, keys } = made.toJSON();
    const body = { endpoint, public_key: keys?.['p256dh'], secret: keys?.['auth'] };
    const told = await ask('PUT', '/notices/push', { body });
    if (told.ok) return 'on';
    await made.unsubscribe();
    return 'failed';
  } catch {
    return 'failed';
  }
}

/** The office forgets first: a browser that fails to unsubscribe then gets nothing all the same. */
export async function switchOff(host: PushHost, ask: RequestFunction = request): Promise<PushChoice> {
  const answer = await ask('DELETE', '/notices/push');
  if (!answer.ok) return 'failed';
  const known = await (await host.manager())?.getSubscription();
  await known?.unsubscribe().catch(() => false);
  return 'off';
}

function isFor(subscription: PushSubscription, key: string): boolean {
  const own = subscription.options.applicationServerKey;
  if (!own) return true;
  return [...new Uint8Array(own)].join() === [...bytesOf(key)].join();
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0));
}
