import { v7 } from 'uuid';
import { createClient, type RequestFunction } from '@/api';
import { createDaybook, type DaybookStore } from '@/storage/daybook';
import { createOutbox, type Outbox } from '@/storage/outbox';
import { personIdOf } from '@/storage/operation';
import { secretKey } from '@/storage/rows';
import type { VisitBody } from '@/storage/types';
import { createVault, type LeaseKeys, type Vault } from '@/storage/vault';
import { createBook, type Book } from '../book';
import { createEngine, type Engine } from '../engine';
import { createLeader, type Alone } from '../leader';
import { createSessions, type Sessions } from '../session';
import { createTimekeeper, type Timekeeper } from '../timekeeper';
import type { FakeServer } from './fake-server';

/** A phone, or one more tab of it: the real rooms on databases and a clock of its own. */
export interface FakePhone {
  name: string;
  outbox: Outbox;
  daybook: DaybookStore;
  keys: LeaseKeys;
  request: RequestFunction;
  sessions: Sessions;
  timekeeper: Timekeeper;
  engine: Engine;
  book: Book;
  cookies: { cookie: string };
  reached: boolean[];
  /** Milliseconds by the phone's clock. */
  clock: { time: number; steady: number };
  hasNetwork: boolean;
  /** Lets time pass, on both clocks. */
  pass(ms: number): void;
  /** What a kill by the system leaves: nothing of the tab, all of the databases. */
  kill(): void;
}

export interface PhoneOptions {
  name?: string;
  clock?: FakePhone['clock'];
  alone?: Alone;
  cookies?: { cookie: string };
}

export const morning = Date.parse('2026-11-23T00:30:00Z');

export function makePhone(server: FakeServer, options: PhoneOptions = {}): FakePhone {
  const name = options.name ?? `phone-${v7()}`;
  const clock = options.clock ?? { time: morning, steady: 0 };
  const cookies = options.cookies ?? { cookie: '' };
  const now = () => clock.time;
  const outbox = createOutbox({ name: `${name}-outbox`, now, cookies });
  const vault = createVault(`${name}-vault`, now);
  const keys: LeaseKeys = { ...vault, isOpen: () => unlocked(vault, outbox) };
  const daybook = createDaybook(`${name}-daybook`, keys);
  const request = createClient({ fetch: (...args) => server.fetch(...args), now, language: () => 'zh-CN' });
  const timekeeper = createTimekeeper({ outbox, now, monotonic: () => clock.steady, buildTime: morning });
  const telemetry = () => Promise.resolve({ persisted: true, standalone: true, user_agent: 'test' });
  const sessions = createSessions({ outbox, daybook, keys, request, timekeeper, telemetry, cookies });
  const book = createBook(outbox, daybook, keys, now);
  const reached: boolean[] = [];
  const phone: FakePhone = {
    name,
    outbox,
    daybook,
    keys,
    request,
    sessions,
    timekeeper,
    book,
    cookies,
    reached,
    clock,
    hasNetwork: true,
    engine: createEngine({
      outbox,
      daybook,
      keys,
      request,
      sessions,
      timekeeper,
      alone: options.alone ?? createLeader(name, undefined),
      now,
      random: () => 0.5,
      hasNetwork: () => phone.hasNetwork,
      tell: () => undefined,
      reached: (was) => reached.push(was),
    }),
    pass(ms) {
      clock.time += ms;
      clock.steady += ms;
    },
    kill() {
      phone.engine.stop();
      outbox.close();
      daybook.close();
    },
  };
  return phone;
}

/** Whoever works with this phone sets it up when asked, and unlocks it at once. */
async function unlocked(vault: Vault, outbox: Outbox): Promise<boolean> {
  const personId = personIdOf((await outbox.meta()).session);
  if (personId === null) return false;
  const wrapping = await secretKey(new Uint8Array(32).fill(personId));
  if ((await vault.state(personId)) === 'unset') {
    await vault.setLock({ kind: 'pin', personId, salt: new Uint8Array(16), credential: null }, wrapping);
  }
  return (await vault.isOpen()) || vault.openWith(wrapping);
}

/** A phone on which somebody has signed in while all was well. */
export async function signedInPhone(server: FakeServer, options: PhoneOptions = {}): Promise<FakePhone> {
  const phone = makePhone(server, options);
  server.time = () => phone.clock.time;
  const answer = await phone.sessions.signIn('wangfang', 'secret');
  if (!answer.ok) throw new Error(`sign-in failed: ${answer.problem.code}`);
  return phone;
}

/** Syncs until nothing waits, letting the waits pass; gives the number of runs. */
export async function settleDown(phone: FakePhone, mostRuns = 60): Promise<number> {
  for (let runs = 1; runs <= mostRuns; runs += 1) {
    await phone.engine.sync('start');
    const { counts, photos, problem } = phone.engine.status.get();
    if (counts.waiting + photos.waiting === 0 && !problem) return runs;
    phone.pass(301_000);
  }
  throw new Error('it never settled down');
}

export function visit(outletId = 17, note = ''): VisitBody {
  const presence = { at: new Date(morning).toISOString(), fix: null, distance_m: null };
  return {
    visit_id: v7(),
    outlet_id: outletId,
    proposal_id: null,
    planned: true,
    unplanned_reason: '',
    in: presence,
    out: presence,
    steps: [['greet', 'done', '', note]],
    counts: null,
    order: null,
    outcome: 'enough_stock',
    outcome_note: '',
    notes: [],
    promises: [],
    kept: [],
    declined: [],
    next_visit_day: null,
    next_visit_shown: false,
  };
}
