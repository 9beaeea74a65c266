// @vitest-environment node
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { leaseState } from '@/domain/lease';
import { visitsNotInBook } from '@/storage/own';
import { backoff } from './backoff';
import { createLeader } from './leader';
import { FakeServer } from './testing/fake-server';
import { makePhone, morning, settleDown, signedInPhone, visit } from './testing/fake-phone';

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

const paths = () => server.requests.map((seen) => `${seen.method} ${seen.path}`);

describe('the book', () => {
  test('I7 the first pull takes three requests, one of them for the key; what has not changed takes one', async () => {
    server.addCards(1, 2, 3);
    const phone = await signedInPhone(server);
    server.requests.length = 0;
    await phone.engine.sync('start');
    expect(paths()).toEqual(['GET /daybook/manifest', 'POST /daybook/lease-key', 'GET /daybook/pages']);
    expect((await phone.daybook.read())?.cards.size).toBe(3);
    server.requests.length = 0;
    await phone.engine.sync('start');
    expect(paths()).toEqual(['GET /daybook/manifest']);
  });

  test('I7 only what differs is fetched, and what is no longer listed is deleted (E15)', async () => {
    server.addCards(1, 2, 3);
    const phone = await signedInPhone(server);
    await phone.engine.sync('start');
    server.state.cards.delete(2);
    server.state.cards.set(3, { id: 3, version: 2, visits: 1 });
    const asked = vi.spyOn(server, 'fetch');
    await phone.engine.sync('start');
    const pages = asked.mock.calls.map(([input]) => String(input)).find((url) => url.includes('pages'));
    expect(pages).toMatch(/\?cards=3$/);
    const book = await phone.daybook.read();
    expect([...(book?.cards.keys() ?? [])]).toEqual([1, 3]);
    expect(book?.cards.get(3)?.version).toBe(2);
  });

  test('whoever carries none is not asked to: the desk hands in what it did and asks for no book', async () => {
    server.roles = ['auditor'];
    const phone = await signedInPhone(server);
    server.requests.length = 0;
    await phone.engine.sync('start');
    expect(paths().filter((path) => path.includes('/daybook'))).toEqual([]);
  });

  test('a card that cannot be read is left out, the others come, and it is asked for again', async () => {
    server.addCards(1, 2);
    server.twist = (path, data) =>
      path === '/daybook/pages'
        ? {
            ...(data as object),
            cards: (data as { cards: { id: number }[] }).cards.map((card) =>
              card.id === 2 ? { id: 2 } : card,
            ),
          }
        : data;
    const phone = await signedInPhone(server);
    await phone.engine.sync('start');
    expect([...((await phone.daybook.read())?.cards.keys() ?? [])]).toEqual([1]);
    server.twist = (_path, data) => data;
    await phone.engine.sync('start');
    expect((await phone.daybook.read())?.cards.size).toBe(2);
  });

  test('the pages do not come: the old book stays whole, with its old tag', async () => {
    server.addCards(1);
    const phone = await signedInPhone(server);
    await phone.engine.sync('start');
    const before = await phone.daybook.read();
    server.addCards(2);
    server.fault = (_method, path) => (path === '/daybook/pages' ? 'cut_answer' : 'none');
    await phone.engine.sync('start');
    expect(await phone.daybook.read()).toEqual(before);
    server.fault = () => 'none';
    await settleDown(phone);
    expect((await phone.daybook.read())?.cards.size).toBe(2);
  });

  test('another person signs in on the phone: the book of the first is gone before theirs comes', async () => {
    server.addCards(1);
    const phone = await signedInPhone(server);
    await phone.engine.sync('start');
    server.person = 2;
    await phone.sessions.signIn('liqiang', 'secret');
    expect(await phone.daybook.read()).toBeNull();
  });

  test('a manifest of somebody else is refused', async () => {
    const phone = await signedInPhone(server);
    server.person = 2;
    await phone.engine.sync('start');
    expect(await phone.daybook.read()).toBeNull();
    expect(phone.engine.status.get().problem).toMatchObject({ kind: 'bad_answer' });
  });

  test('a visit shows on the card from "saved" until the book has it', async () => {
    server.addCards(17);
    const phone = await signedInPhone(server);
    await phone.engine.sync('start');
    const shown = async () => {
      const book = await phone.daybook.read();
      return (await visitsNotInBook(phone.outbox, book?.manifest.server_seq ?? 0, phone.clock.time, 17))
        .length;
    };
    server.fault = (_method, path) => (path.startsWith('/daybook') ? 'cut_request' : 'none');
    await phone.outbox.saveOperation('visit.record', visit(17));
    expect(await shown()).toBe(1);
    await phone.engine.sync('start');
    expect(await phone.outbox.count('delivered')).toBe(1);
    expect(await shown()).toBe(1);
    server.fault = () => 'none';
    await settleDown(phone);
    expect(await shown()).toBe(0);
  });

  test('what the office decided about an operation put aside is told, and it is done', async () => {
    const phone = await signedInPhone(server);
    const saved = await phone.outbox.saveOperation('visit.record', visit(1));
    server.quarantine.set(saved.id, 'unknown_outlet');
    await settleDown(phone);
    expect(phone.engine.status.get().counts.attention).toBe(1);
    server.decided = [[saved.id, 'refused', '门店不在你的线路上']];
    await settleDown(phone);
    expect(await phone.outbox.entries()).toMatchObject([
      { state: 'delivered', code: 'refused', detail: '门店不在你的线路上' },
    ]);
  });
});

describe('the clock', () => {
  test('C1 two days ahead: capture works with the known offset, the book is locked and not extended', async () => {
    server.addCards(1);
    const phone = await signedInPhone(server);
    await phone.engine.sync('start');
    const real = phone.clock.time;
    server.time = () => real;
    phone.clock.time += 2 * 86_400_000;
    await phone.engine.sync('tick');
    expect(await phone.book.reload()).toEqual({ state: 'locked', reason: 'ended' });
    await phone.outbox.saveOperation('visit.record', visit(1));
    await settleDownAtFixedTime(phone);
    expect(await phone.outbox.count('delivered')).toBe(1);
    expect((await phone.outbox.meta()).clockOffset).toBe(-2 * 86_400_000);
    // Before the push only the date at the head of an answer was known, to the second.
    const [entry] = await phone.outbox.entries();
    expect(Math.abs((entry?.offsetMs ?? 0) + 2 * 86_400_000)).toBeLessThanOrEqual(1_000);
  });

  test('C2 two days back: locked until online, and what waits is pushed all the same', async () => {
    server.addCards(1);
    const phone = await signedInPhone(server);
    await phone.engine.sync('start');
    server.fault = () => 'cut_request';
    phone.clock.time -= 2 * 86_400_000;
    await phone.engine.sync('tick');
    expect(await phone.book.reload()).toEqual({ state: 'locked', reason: 'clock_behind' });
    expect((await phone.outbox.meta()).clockOffset).toBeNull();
    await phone.outbox.saveOperation('visit.record', visit(1));
    server.fault = () => 'none';
    server.time = () => morning;
    await settleDownAtFixedTime(phone);
    expect(server.applied).toHaveLength(1);
    expect((await phone.outbox.entries())[0]?.offsetMs).toBeNull();
  });

  test('C2 the clock is put right and nothing has changed: the date at the head of a 304 unlocks the book', async () => {
    server.addCards(1);
    const phone = await signedInPhone(server);
    await phone.engine.sync('start');
    await phone.outbox.changeMeta(() => ({ highWater: phone.clock.time + 3_600_000 }));
    expect(await phone.book.reload()).toEqual({ state: 'locked', reason: 'clock_behind' });
    await phone.engine.sync('start');
    expect((await phone.book.reload()).state).toBe('open');
  });

  test('E2 a book whose lease has ended is unreadable at once, without a network, and deleted an hour later', async () => {
    server.addCards(1);
    const phone = await signedInPhone(server);
    await phone.engine.sync('start');
    server.fault = () => 'cut_request';
    phone.pass(8 * 3_600_000 + 60_000);
    await phone.engine.sync('tick');
    expect((await phone.book.reload()).state).toBe('locked');
    const { id } = (await phone.daybook.lease()) ?? { id: '' };
    expect(await phone.keys.key(id)).toBeNull();
    phone.clock.time -= 2 * 3_600_000;
    expect(await phone.daybook.read()).toBeNull();
    phone.clock.time += 2 * 3_600_000;
    expect(await phone.daybook.lease()).not.toBeNull();
    phone.pass(3_600_000);
    await phone.engine.sync('tick');
    expect(await phone.daybook.lease()).toBeNull();
  });

  test('A17 the phone wakes up in 1970: the screen says the date is wrong, and capture still works', async () => {
    const phone = await signedInPhone(server);
    phone.clock.time = 3_600_000;
    server.fault = () => 'cut_request';
    await phone.outbox.saveOperation('visit.record', visit());
    await phone.engine.sync('save');
    expect(phone.engine.status.get()).toMatchObject({ dateWrong: true, counts: { waiting: 1 } });
  });
});

/** As `settleDown`, for a phone whose clock is wrong: no time passes but the phone's. */
async function settleDownAtFixedTime(phone: ReturnType<typeof makePhone>): Promise<void> {
  for (let run = 0; run < 5; run += 1) await phone.engine.sync('start');
}

describe('the state on the screen', () => {
  test('A14 the browser says online and the server is unreachable: waiting, with the time of the next try, no spinner', async () => {
    const phone = await signedInPhone(server);
    server.fault = () => 'cut_request';
    await phone.outbox.saveOperation('visit.record', visit());
    await phone.engine.sync('save');
    const status = phone.engine.status.get();
    expect(status).toMatchObject({ state: 'waiting', sending: [], counts: { waiting: 1, sending: 0 } });
    expect(status.nextTryAt).toBeGreaterThan(phone.clock.time);
    expect(phone.reached).toEqual([false]);
  });

  test('without a network it says offline, tries all the same, and believes what it finds', async () => {
    const phone = await signedInPhone(server);
    phone.hasNetwork = false;
    server.fault = () => 'cut_request';
    await phone.outbox.saveOperation('visit.record', visit());
    await phone.engine.sync('save');
    expect(phone.engine.status.get().state).toBe('offline');
    server.fault = () => 'none';
    phone.pass(600_000);
    await phone.engine.sync('tick');
    expect(phone.engine.status.get()).toMatchObject({ state: 'idle', counts: { waiting: 0, delivered: 1 } });
  });

  test('I8 online, and the oldest operation waits for more than five minutes: an alarm', async () => {
    const phone = await signedInPhone(server);
    server.fault = (_method, path) => (path === '/operations' ? 'broken' : 'none');
    await phone.outbox.saveOperation('visit.record', visit());
    await phone.engine.sync('save');
    expect(phone.engine.status.get().alarm).toBe(false);
    phone.pass(301_000);
    await phone.engine.refresh();
    expect(phone.engine.status.get().alarm).toBe(true);
    server.fault = () => 'none';
    await settleDown(phone);
    expect(phone.engine.status.get().alarm).toBe(false);
  });

  test('I8 an alarm is not put off by a clock that was set back', async () => {
    const phone = await signedInPhone(server);
    await phone.outbox.saveOperation('visit.record', visit());
    server.fault = () => 'cut_request';
    phone.pass(400_000);
    await phone.engine.sync('tick');
    phone.clock.time -= 86_400_000;
    await phone.engine.refresh();
    expect(phone.engine.status.get().alarm).toBe(true);
  });

  test('many triggers at once are one run, and one more for what came meanwhile', async () => {
    const phone = await signedInPhone(server);
    await phone.engine.sync('start');
    server.requests.length = 0;
    await Promise.all(Array.from({ length: 10 }, () => phone.engine.sync('hand')));
    await phone.engine.sync('tick');
    expect(paths().length).toBeLessThanOrEqual(2);
  });
});

describe('one sending tab', () => {
  /** Web Locks as the platform has them, as far as they are used here. */
  function fakeLocks(): LockManager {
    let held: Promise<unknown> | null = null;
    const request = async (_name: string, options: LockOptions, run: (lock: null) => Promise<unknown>) => {
      while (held && !options.steal) {
        if (options.signal?.aborted) throw new DOMException('late', 'AbortError');
        await Promise.race([
          held,
          new Promise((resolve) => options.signal?.addEventListener('abort', resolve, { once: true })),
        ]);
      }
      const mine = run(null);
      held = mine.finally(() => (held === mine ? (held = null) : undefined));
      const wait = held;
      try {
        return await mine;
      } finally {
        if (held === wait) held = null;
      }
    };
    return { request, query: () => Promise.resolve({}) } as unknown as LockManager;
  }

  test('B10 two tabs have something to send: they take turns, and nothing is sent twice', async () => {
    const locks = fakeLocks();
    const first = await signedInPhone(server, { name: 'two-tabs', alone: createLeader('sync', locks) });
    const second = makePhone(server, {
      name: 'two-tabs',
      clock: first.clock,
      alone: createLeader('sync', locks),
    });
    await second.sessions.restore();
    await first.outbox.saveOperation('visit.record', visit(1));
    await second.outbox.saveOperation('visit.record', visit(2));
    await Promise.all([first.engine.sync('save'), second.engine.sync('save')]);
    const sent = server.requests.filter((seen) => seen.path === '/operations');
    expect(sent.flatMap((seen) => (seen.body as { operations: unknown[] }).operations)).toHaveLength(2);
    expect(await second.outbox.entries('delivered')).toHaveLength(2);
  });

  test('B11 the sending tab is frozen: another leads after a while, and the thawed one doubles nothing', async () => {
    const locks = fakeLocks();
    const impatient = createLeader('sync', locks, 20);
    const frozen = await signedInPhone(server, { name: 'frozen-tab', alone: impatient });
    const other = makePhone(server, { name: 'frozen-tab', clock: frozen.clock, alone: impatient });
    await other.sessions.restore();
    await frozen.outbox.saveOperation('visit.record', visit(1));
    let thaw: () => void = () => undefined;
    const asBefore = server.fetch;
    const ice = new Promise<void>((resolve) => (thaw = resolve));
    let isFrozen = true;
    Object.assign(server, {
      fetch: (async (input, init) => {
        if (isFrozen) {
          isFrozen = false;
          await ice;
        }
        return asBefore(input, init);
      }) satisfies typeof fetch,
    });
    const stuck = frozen.engine.sync('save');
    await vi.waitFor(() => expect(isFrozen).toBe(false));
    await other.engine.sync('hand');
    expect(await other.outbox.count('delivered')).toBe(1);
    thaw();
    await stuck;
    expect(server.applied.map((one) => one.effects)).toEqual([1]);
  });

  test('without Web Locks every tab sends, and nothing is doubled', async () => {
    const first = await signedInPhone(server, { name: 'no-locks' });
    const second = makePhone(server, { name: 'no-locks', clock: first.clock });
    await second.sessions.restore();
    await first.outbox.saveOperation('visit.record', visit(1));
    await Promise.all([first.engine.sync('save'), second.engine.sync('save')]);
    expect(server.applied.map((one) => one.effects)).toEqual([1]);
  });
});

test('waits double from 2 s to 5 min, with a random half', () => {
  expect([1, 2, 3, 8, 50].map((failures) => backoff(failures, () => 1))).toEqual([
    2_000, 4_000, 8_000, 256_000, 300_000,
  ]);
  expect(backoff(1, () => 0)).toBe(1_000);
});

test('a lease is open at its start and ended at its end', () => {
  const lease = { from: morning, until: morning + 1 };
  expect([morning, morning + 1].map((now) => leaseState(lease, now, morning))).toEqual(['open', 'ended']);
});
