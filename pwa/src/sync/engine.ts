import type { Failure, RequestFunction } from '@/api';
import { judgedTime, leaseState } from '@/domain/lease';
import { carriesBook } from '@/domain/roles';
import type { DaybookStore } from '@/storage/daybook';
import { observable, type Observable } from '@/storage/observable';
import type { Outbox } from '@/storage/outbox';
import type { LeaseKeys } from '@/storage/vault';
import { backoff } from './backoff';
import type { Alone } from './leader';
import { pull } from './pull';
import { createPush } from './push';
import type { Sessions } from './session';
import { alarmAfterMs, countOutbox, startStatus, type SyncState, type SyncStatus } from './status';
import type { Timekeeper } from './timekeeper';

/** hand: a person asked · start, visible, online: something may have changed · save: something is to be sent · tick: time. */
export type Trigger = 'hand' | 'start' | 'visible' | 'online' | 'save' | 'tick';

export interface EngineParts {
  outbox: Outbox;
  daybook: DaybookStore;
  keys: LeaseKeys;
  request: RequestFunction;
  sessions: Sessions;
  timekeeper: Timekeeper;
  alone: Alone;
  now: () => number;
  random: () => number;
  /** What the browser believes; only words on the screen depend on it (A14). */
  hasNetwork: () => boolean;
  /** Tells the other tabs. */
  tell: (news: 'outbox' | 'book') => void;
  /** Told after each contact, or the lack of it. */
  reached?: (reached: boolean) => void;
}

export interface Engine {
  status: Observable<SyncStatus>;
  /** Resolves when the run that it began or joined is over. */
  sync(trigger: Trigger): Promise<void>;
  /** Counts again, after a save here or in another tab. */
  refresh(): Promise<void>;
  /** A book that is over goes before anything is shown of it. */
  tidy(): Promise<void>;
  /** Stops the timer. */
  stop(): void;
}

/** A change of network or of sight cuts a wait short, but not below this since the last try (A13). */
const eagerMs = 10_000;
/** A save sends; the book is asked for at most once in this time. */
const pullEveryMs = 55_000;
/** How long an ended book lies locked before it is deleted. */
const keepEndedMs = 3_600_000;

export function createEngine(parts: EngineParts): Engine {
  const { outbox, daybook, sessions, timekeeper, now } = parts;
  const status = observable<SyncStatus>(startStatus);
  const set = (change: Partial<SyncStatus>) => {
    const before = status.get();
    const next = { ...before, ...change };
    // Whoever watches the counts is told of changes only.
    if (sameFigures(before.counts, next.counts)) next.counts = before.counts;
    if (sameFigures(before.photos, next.photos)) next.photos = before.photos;
    status.set(next);
  };
  const push = createPush({
    ...parts,
    sending: (ids) => set({ sending: ids, counts: { ...status.get().counts, sending: ids.length } }),
  });

  let running: Promise<void> | null = null;
  let isBusy = false;
  let again: Trigger | null = null;
  let failures = 0;
  let lastTry = -Infinity;
  let lastPull = -Infinity;
  let notBefore = -Infinity;
  let isOrdered = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let savedMeanwhile = false;

  function sync(trigger: Trigger): Promise<void> {
    if (trigger === 'save') savedMeanwhile = true;
    if (running) {
      if (trigger !== 'tick') again = trigger;
      return running;
    }
    if (!mayTry(trigger)) return refresh();
    running = run(trigger).finally(() => {
      running = null;
      const next = again;
      again = null;
      // Its result is in the status; nobody waits for it.
      if (next) void sync(next);
    });
    return running;
  }

  function mayTry(trigger: Trigger): boolean {
    const time = now();
    if (time >= notBefore || trigger === 'start') return true;
    if (isOrdered) return false;
    // The clock was set back: a wait until then would be endless.
    if (notBefore - time > 2 * alarmAfterMs) return true;
    return trigger === 'hand' || (trigger !== 'tick' && time - lastTry >= eagerMs);
  }

  async function run(trigger: Trigger): Promise<void> {
    lastTry = now();
    isBusy = true;
    try {
      await timekeeper.tick();
      await dropEndedBook();
      await parts.alone(async () => {
        const end = await steps(trigger);
        if (end !== 'nobody') await finish(end && isStop(end) ? await stop(end) : end);
        parts.tell('outbox');
      });
    } catch {
      // The outbox cannot be read now; storage health says so, and the next tick tries again.
      set({ sending: [], upload: null });
    }
    isBusy = false;
    await refresh();
  }

  /** A book whose lease has ended is locked at once, and deleted when a clock that was merely wrong is ruled out. */
  async function dropEndedBook(): Promise<void> {
    const [lease, { clockOffset }] = await Promise.all([daybook.lease(), outbox.meta()]);
    if (!lease || clockOffset === null || now() + clockOffset < lease.until + keepEndedMs) return;
    await parts.keys.end();
    await daybook.drop();
    parts.tell('book');
  }

  async function steps(trigger: Trigger): Promise<Failure | 'nobody' | null> {
    if (sessions.stopped.get()) return stop(null);
    await sessions.endSignOut();
    const session = sessions.session.get();
    if (!session) return 'nobody';
    const personId = session.person.id;
    const unready = await sessions.ready(session);
    if (unready) return unready;
    for (;;) {
      savedMeanwhile = false;
      set({ state: 'sending' });
      const unsent = await push(personId);
      await refresh();
      if (unsent) return unsent;
      // The second time for what the book's manifest called back: a restored server wants its stock at once.
      const unpulled = (await pullWhenDue(trigger, personId)) ?? (await push(personId));
      if (unpulled) return unpulled;
      set({ state: 'sending' });
      const unloaded = await upload(personId);
      await refresh();
      if (unloaded) return unloaded;
      if (!savedMeanwhile) return null;
    }
  }

  /** Access was stopped: what was done is handed in, and everything that was lent goes. */
  async function stop(why: Failure | null): Promise<Failure | null> {
    const { stopAccess } = await import('./stopping');
    const end = await stopAccess(parts, why?.problem.code ?? null);
    parts.tell('book');
    return end;
  }

  /** The room that sends photos is fetched when there is one. */
  async function upload(personId: number): Promise<Failure | null> {
    if (!(await outbox.photos()).some((photo) => photo.state === 'waiting')) return null;
    const { uploadPhotos } = await import('./uploads');
    return uploadPhotos(
      {
        ...parts,
        progress: (photoId, share) => set({ upload: share === null ? null : { photoId, share } }),
        interrupted: () => savedMeanwhile,
      },
      personId,
    );
  }

  async function pullWhenDue(trigger: Trigger, personId: number): Promise<Failure | null> {
    if (!carriesBook(sessions.session.get()?.person.roles ?? [])) return null;
    if ((trigger === 'save' || trigger === 'tick') && now() - lastPull < pullEveryMs && now() >= lastPull) {
      return null;
    }
    set({ state: 'pulling' });
    const end = await pull(parts, personId);
    if (end !== 'unchanged' && end !== 'swapped') return end;
    lastPull = now();
    if (end === 'swapped') parts.tell('book');
    return null;
  }

  async function finish(end: Failure | null): Promise<void> {
    clearTimeout(timer);
    if (!end) {
      failures = 0;
      notBefore = -Infinity;
      isOrdered = false;
      set({ problem: null, nextTryAt: null });
      parts.reached?.(true);
      await outbox.changeMeta(() => ({ lastSuccess: now() }));
      await outbox.forgetOld();
      return planWaiting();
    }
    failures += 1;
    // The server has another opinion of who or what this phone is: introduce it again.
    if (end.status === 401 || end.status === 404 || end.status === 409) {
      await outbox.changeMeta(() => ({ registered: null }));
    }
    isOrdered = end.retryAfterMs !== null;
    const wait = Math.max(end.retryAfterMs ?? 0, 0) + backoff(isOrdered ? 1 : failures, parts.random);
    notBefore = now() + wait;
    set({ problem: end, nextTryAt: notBefore });
    parts.reached?.(end.kind === 'http' || end.kind === 'bad_answer');
    timer = setTimeout(() => void sync('tick'), wait);
  }

  /** Operations that the server told to come back later. */
  async function planWaiting(): Promise<void> {
    const waiting = [...(await outbox.entries('waiting')), ...(await outbox.photos())];
    const times = waiting
      .filter((one) => one.state === 'waiting' && one.notBefore > 0)
      .map((one) => one.notBefore);
    if (times.length === 0) return;
    const at = Math.min(...times);
    set({ nextTryAt: at });
    timer = setTimeout(() => void sync('tick'), Math.max(1_000, at - now()));
  }

  async function refresh(): Promise<void> {
    try {
      const personId = sessions.session.get()?.person.id ?? null;
      const counted = await countOutbox(outbox, personId);
      const { sending } = status.get();
      const book = await daybook.lease().catch(() => null);
      const { highWater, clockOffset } = await outbox.meta();
      const lease = book ? leaseState(book, judgedTime(now(), clockOffset), highWater) : null;
      const { lease: before } = status.get();
      const age = counted.oldestWaitingAt === null ? 0 : Math.max(now(), highWater) - counted.oldestWaitingAt;
      set({
        ...counted,
        counts: { ...counted.counts, sending: sending.length },
        lease,
        dateWrong: timekeeper.dateWrong(),
        alarm: age > alarmAfterMs && parts.hasNetwork(),
      });
      set({ state: stateNow() });
      // A book that has opened or closed by the clock alone: nothing was pulled, and yet the screens show another.
      if (before !== null && lease !== null && before !== lease) parts.tell('book');
    } catch {
      set({ state: 'waiting' });
    }
  }

  function stateNow(): SyncState {
    const { state, counts, photos, problem, lease } = status.get();
    if (isBusy && (state === 'sending' || state === 'pulling')) return state;
    if (!sessions.session.get() || problem?.status === 401) return 'signed_out';
    if (problem && problem.kind !== 'http' && !parts.hasNetwork()) return 'offline';
    if (problem || counts.waiting + photos.waiting > 0) return 'waiting';
    return lease === 'ended' || lease === 'clock_behind' ? 'locked' : 'idle';
  }

  return { status, sync, refresh, tidy: dropEndedBook, stop: () => clearTimeout(timer) };
}

/** The server's word that this person, or this phone, may no longer read anything. */
function isStop({ status, problem }: Failure): boolean {
  return status === 401 && (problem.code === 'frozen' || problem.code === 'device_revoked');
}

function sameFigures<T extends Record<string, number>>(one: T, other: T): boolean {
  return Object.keys(one).every((key) => one[key] === other[key]);
}
