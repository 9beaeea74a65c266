import { onSignedOut, request, signRequests, type Answer, type Failure, type Session } from '@/api';
import { now } from '@/domain/clock';
import { daybook, outbox, vault } from '@/storage';
import { storageEvents } from '@/storage/events';
import { isStandalone, unknownHealth, type StorageHealth } from '@/storage/fitness';
import { observable } from '@/storage/observable';
import { forgetOpened } from '@/storage/own';
import type { VaultState } from '@/storage/vault';
import { createBook, type BookState } from './book';
import { createEngine } from './engine';
import { createLeader } from './leader';
import { createProver, publicKeyOf } from './proof';
import { createSessions } from './session';
import { createTimekeeper } from './timekeeper';

/** This phone: the one engine of this tab, on the phone's own databases. */
const timekeeper = createTimekeeper({
  outbox,
  now,
  monotonic: () => performance.now(),
  buildTime: parseInt(__BUILD_ID__, 36),
});

const sessions = createSessions({
  outbox,
  daybook,
  keys: vault,
  publicKey: () => publicKeyOf(vault),
  request,
  timekeeper,
  telemetry: async () => ({
    persisted: (await navigator.storage?.persisted?.().catch(() => false)) ?? false,
    standalone: isStandalone(),
    user_agent: navigator.userAgent.slice(0, 300),
  }),
});

const books = createBook(outbox, daybook, vault);
const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('routebook') : null;
const reachedListeners = new Set<(reached: boolean) => void>();

const engine = createEngine({
  outbox,
  daybook,
  keys: vault,
  request,
  sessions,
  timekeeper,
  alone: createLeader('routebook-sync', navigator.locks),
  now,
  random: Math.random,
  hasNetwork: () => navigator.onLine,
  tell(news) {
    channel?.postMessage(news);
    if (news === 'book') void books.reload();
  },
  reached: (reached) => reachedListeners.forEach((listener) => listener(reached)),
});

const health = observable<StorageHealth>(unknownHealth);

const everyMs = 60_000;
let starting: Promise<Session | null> | null = null;

/** Once, at the app's start: reads who is signed in and the book, then begins to sync. Never throws. */
export function startSync(): Promise<Session | null> {
  return (starting ??= start());
}

async function start(): Promise<Session | null> {
  signRequests(createProver({ vault, outbox }, now), (serverTime, sentAt, receivedAt) =>
    timekeeper.heard(serverTime, { sentAt, receivedAt }),
  );
  onSignedOut(() => void engine.refresh());
  outbox.onSaved(() => {
    channel?.postMessage('outbox');
    void engine.refresh();
    void engine.sync('save');
  });
  channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => void hear(data));
  window.addEventListener('online', () => void engine.sync('online'));
  window.addEventListener('pagehide', () => void outbox.flushDrafts());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void wake();
    else void outbox.flushDrafts();
  });
  setInterval(() => {
    if (document.visibilityState === 'visible') void wake('tick');
    // Out of sight for half an hour: the keys are put away, whether anybody comes back or not.
    else void vault.isOpen();
  }, everyMs);
  whenIdle(() => void examine().catch(() => undefined));
  try {
    const session = await sessions.restore();
    // A wipe that was cut short goes on before anything is read (E5).
    if (sessions.stopped.get())
      await import('./stopping').then(({ wipe }) => wipe({ keys: vault, daybook, outbox }));
    await engine.tidy();
    await books.reload();
    void engine.sync('start');
    return session;
  } catch {
    // The outbox cannot be opened: storage health says so.
    return null;
  }
}

/** What the first screen does not wait for; a busy phone does it after a second and a half all the same. */
function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(work, { timeout: 1_500 });
  else setTimeout(work, 1_500);
}

async function wake(trigger: 'visible' | 'tick' = 'visible'): Promise<void> {
  const book = await books.reload().catch(() => null);
  if (book?.state === 'open') await vault.touch().catch(() => undefined);
  else forgetOpened();
  await engine.sync(trigger);
}

/** News from another tab. */
async function hear(news: unknown): Promise<void> {
  if (news === 'book') await books.reload();
  if (news === 'session') await sessions.restore();
  await engine.refresh();
}

/** Looks at the storage again; after sign-in, when the browser is readier to keep it. */
export async function examine(): Promise<StorageHealth> {
  const { examineStorage } = await import('@/storage/health');
  health.set(await examineStorage(() => outbox.meta()));
  return health.get();
}

/** Signs in, asks for durable storage and pulls the book. The book is on its way when it resolves; see `useDaybook`. */
export function signIn(login: string, password: string): Promise<SignedIn> {
  return entered(sessions.signIn(login, password));
}

/** The same by another way than a password: `ask` brings the server's answer. */
export function signInBy(ask: () => Promise<Answer>): Promise<SignedIn> {
  return entered(sessions.signInBy(ask));
}

type SignedIn = { ok: true; session: Session } | Failure;

async function entered(signing: Promise<SignedIn>): Promise<SignedIn> {
  const answer = await signing;
  if (!answer.ok) return answer;
  channel?.postMessage('session');
  void examine().catch(() => undefined);
  await books.reload().catch(() => undefined);
  void engine.sync('hand');
  return answer;
}

/** The book goes, what is not yet delivered stays and is sent when this person signs in again. */
export async function signOut(): Promise<void> {
  await sessions.signOut();
  channel?.postMessage('session');
  await books.reload().catch(() => undefined);
  await engine.refresh();
}

/** How things stand with this person's lock on this phone. */
export async function lockState(): Promise<VaultState> {
  const personId = sessions.session.get()?.person.id;
  return personId === undefined ? 'unset' : vault.state(personId);
}

/** The phone was unlocked: the book is read, and fetched where there is none. Waits for that ten seconds at most. */
export async function unlocked(): Promise<void> {
  if ((await books.reload()).state === 'open') return void engine.sync('hand');
  const patience = new Promise<void>((resolve) => setTimeout(resolve, 10_000));
  await Promise.race([engine.sync('hand'), patience]);
}

export function currentSession(): Session | null {
  return sessions.session.get();
}

/** Whether the lent book may not be read now. */
export function isBookLocked(): boolean {
  return books.book.get().state === 'locked';
}

/** Reads the book anew and gives it. */
export function readDaybook(): Promise<BookState> {
  return books.reload();
}

/** Sends and pulls now. Resolves when that is over, whatever came of it; the status tells. */
export function syncNow(): Promise<void> {
  return engine.sync('hand');
}

/** Takes up again what was put aside without a receipt. */
export async function tryAgain(id: string): Promise<void> {
  await outbox.settle([{ id, state: 'waiting', notBefore: 0, attempts: 0, code: '', detail: '' }]);
  await engine.sync('hand');
}

export async function tryPhotoAgain(id: string): Promise<void> {
  await outbox.changePhoto(id, { state: 'waiting', notBefore: 0, attempts: 0, code: '' });
  await engine.sync('hand');
}

/** The person has read which numbers were lost. */
export async function dismissLost(): Promise<void> {
  await outbox.changeMeta(() => ({ lost: [] }));
  await engine.refresh();
}

export const changeLocale = sessions.changeLocale;

/** Told, after each contact, whether the server was reached. */
export function onReached(listener: (reached: boolean) => void): () => void {
  reachedListeners.add(listener);
  return () => reachedListeners.delete(listener);
}

export const observables = {
  status: engine.status,
  session: sessions.session,
  stopped: sessions.stopped,
  book: books.book,
  health,
  storage: storageEvents,
};
