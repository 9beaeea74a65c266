// @vitest-environment node
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, test } from 'vitest';
import { FakeServer, type Fault } from './testing/fake-server';
import { makePhone, settleDown, signedInPhone, visit } from './testing/fake-phone';

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

/** The given faults meet the next pushes, one each. */
function faultsOnPush(...faults: Fault[]): void {
  server.fault = (_method, path) => (path === '/operations' ? (faults.shift() ?? 'none') : 'none');
}

const pushes = () => server.requests.filter((seen) => seen.path === '/operations');

describe('what may happen to a push', () => {
  test('A1 the connection is cut while the request is sent: it waits, is sent again, and has one effect', async () => {
    const phone = await signedInPhone(server);
    const saved = await phone.outbox.saveOperation('visit.record', visit());
    faultsOnPush('cut_request');
    await phone.engine.sync('save');
    expect(server.applied).toHaveLength(0);
    expect(phone.engine.status.get()).toMatchObject({ state: 'waiting', counts: { waiting: 1 } });
    await settleDown(phone);
    expect(server.applied.map((one) => [one.id, one.effects])).toEqual([[saved.id, 1]]);
    expect((await phone.outbox.entries())[0]).toMatchObject({ state: 'delivered', serverSeq: 1 });
  });

  test('A2 the answer is lost after commit: the re-sent operation is answered duplicate and leaves the outbox', async () => {
    const phone = await signedInPhone(server);
    await phone.outbox.saveOperation('visit.record', visit());
    faultsOnPush('cut_answer');
    await phone.engine.sync('save');
    expect(server.applied).toHaveLength(1);
    expect(await phone.outbox.count('waiting')).toBe(1);
    await settleDown(phone);
    expect(server.applied.map((one) => one.effects)).toEqual([1]);
    expect((await phone.outbox.entries('delivered'))[0]?.serverSeq).toBe(1);
  });

  test('J1 the newest checkpoint that the server gave is given back with the next push', async () => {
    const phone = await signedInPhone(server);
    for (const outlet of [1, 2]) {
      await phone.outbox.saveOperation('visit.record', visit(outlet));
      await settleDown(phone);
    }
    const given = pushes().map((seen) => (seen.body as Record<string, unknown>)['known_checkpoint']);
    expect(given).toEqual([null, { seq: 1, digest: 'after 1' }]);
    expect((await phone.outbox.meta()).checkpoint).toEqual({ seq: 2, digest: 'after 2' });
  });

  test('A3 the same batch arrives twice at once: one effect', async () => {
    const phone = await signedInPhone(server);
    await phone.outbox.saveOperation('visit.record', visit());
    faultsOnPush('twice');
    await settleDown(phone);
    expect(server.applied.map((one) => one.effects)).toEqual([1]);
  });

  test('A6 a number that the server misses and the phone still has is sent again; one that nobody has is named', async () => {
    const phone = await signedInPhone(server);
    const first = await phone.outbox.saveOperation('visit.record', visit(1));
    await phone.outbox.saveOperation('visit.record', visit(2));
    await settleDown(phone);
    server.state.operations.delete(first.id);
    server.missing = [
      { from: 1, to: 1 },
      { from: 7, to: 8 },
    ];
    await phone.outbox.saveOperation('visit.record', visit(3));
    await settleDown(phone);
    expect(server.state.operations.has(first.id)).toBe(true);
    expect(phone.engine.status.get().missing).toEqual([{ from: 7, to: 8 }]);
  });

  test('A9 one poison operation among 100: 99 applied, 1 put aside, the queue empties', async () => {
    const phone = await signedInPhone(server);
    const ids: string[] = [];
    for (let n = 0; n < 100; n += 1) {
      ids.push((await phone.outbox.saveOperation('visit.record', visit(n + 1))).id);
    }
    server.quarantine.set(ids[41] as string, 'unreadable');
    await phone.engine.sync('save');
    expect(pushes()).toHaveLength(1);
    expect(server.applied.filter((one) => one.status === 'applied')).toHaveLength(99);
    expect(await phone.outbox.count('waiting')).toBe(0);
    expect(await phone.outbox.entries('attention')).toMatchObject([{ id: ids[41], code: 'unreadable' }]);
  });

  test('A9 an operation for which the whole batch is refused is found, put aside, and can be tried again', async () => {
    const phone = await signedInPhone(server);
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      ids.push((await phone.outbox.saveOperation('visit.record', visit(n + 1))).id);
    }
    server.poison.set(ids[13] as string, 422);
    await phone.engine.sync('save');
    expect(server.applied).toHaveLength(19);
    expect(await phone.outbox.entries('attention')).toMatchObject([{ id: ids[13], code: 'not_taken' }]);
    server.poison.clear();
    await phone.outbox.settle([{ id: ids[13] as string, state: 'waiting' }]);
    await settleDown(phone);
    expect(server.applied).toHaveLength(20);
  });

  test('A11 a proxy gives an old answer: it is refused and nothing leaves the outbox', async () => {
    const phone = await signedInPhone(server);
    await phone.outbox.saveOperation('visit.record', visit(1));
    await settleDown(phone);
    const late = await phone.outbox.saveOperation('visit.record', visit(2));
    faultsOnPush('stale');
    await phone.engine.sync('save');
    expect(await phone.outbox.entries('waiting')).toMatchObject([{ id: late.id }]);
    expect(phone.engine.status.get().problem).toMatchObject({ kind: 'bad_answer' });
    await settleDown(phone);
    expect(server.applied).toHaveLength(2);
  });

  test('A11 a hotspot answers with its own page: nothing leaves the outbox', async () => {
    const phone = await signedInPhone(server);
    await phone.outbox.saveOperation('visit.record', visit());
    faultsOnPush('hotspot');
    await phone.engine.sync('save');
    expect(await phone.outbox.count('waiting')).toBe(1);
  });

  test.each([
    ['leaves one out', (results: unknown[]) => results.slice(1)],
    ['mixes two up', (results: unknown[]) => [...results].reverse()],
    ['names another', (results: unknown[]) => results.map((one) => ({ ...(one as object), id: 'x' }))],
  ])('A11 an answer that %s is no receipt', async (_what, twist) => {
    const phone = await signedInPhone(server);
    await phone.outbox.saveOperation('visit.record', visit(1));
    await phone.outbox.saveOperation('visit.record', visit(2));
    server.twist = (path, data) =>
      path === '/operations'
        ? { ...(data as object), results: twist((data as { results: unknown[] }).results) }
        : data;
    await phone.engine.sync('save');
    expect(await phone.outbox.count('waiting')).toBe(2);
  });

  test('A12 fifty operations go in one request', async () => {
    const phone = await signedInPhone(server);
    for (let n = 0; n < 50; n += 1) await phone.outbox.saveOperation('visit.record', visit(n + 1));
    await phone.engine.sync('save');
    expect(pushes()).toHaveLength(1);
    expect(server.applied.map((one) => one.seq)).toEqual(Array.from({ length: 50 }, (_none, at) => at + 1));
  });

  test('A13 the connection flaps for ten minutes: progress never goes back, nothing is doubled, no storm of tries', async () => {
    const phone = await signedInPhone(server);
    for (let n = 0; n < 30; n += 1) await phone.outbox.saveOperation('visit.record', visit(n + 1));
    const kinds: Fault[] = ['cut_request', 'cut_answer', 'cut_request'];
    let turn = 0;
    server.fault = () => kinds[turn++ % kinds.length] ?? 'none';
    const before = server.requests.length;
    let least = 30;
    for (let second = 0; second < 600; second += 3) {
      await phone.engine.sync('online');
      const waiting = await phone.outbox.count('waiting');
      expect(waiting).toBeLessThanOrEqual(least);
      least = waiting;
      phone.pass(3_000);
    }
    expect(server.requests.length - before).toBeLessThan(130);
    server.fault = () => 'none';
    await settleDown(phone);
    expect(server.applied.every((one) => one.effects === 1)).toBe(true);
    expect(server.applied).toHaveLength(30);
  });

  test('A15 503 with Retry-After is obeyed, also by a hasty finger, and the queue stays', async () => {
    const phone = await signedInPhone(server);
    await phone.outbox.saveOperation('visit.record', visit());
    server.retryAfterS = 60;
    faultsOnPush('busy');
    await phone.engine.sync('save');
    const after = server.requests.length;
    phone.pass(59_000);
    await phone.engine.sync('hand');
    await phone.engine.sync('online');
    expect(server.requests).toHaveLength(after);
    expect(await phone.outbox.count('waiting')).toBe(1);
    phone.pass(5_000);
    await phone.engine.sync('tick');
    expect(await phone.outbox.count('waiting')).toBe(0);
  });

  test('an operation that is told to come again waits alone, the others go', async () => {
    const phone = await signedInPhone(server);
    const stuck = await phone.outbox.saveOperation('visit.record', visit(1));
    const child = await phone.outbox.saveOperation(
      'outlet.note',
      { outlet_id: 1, at: '', text: 'x' },
      { after: stuck.id },
    );
    await phone.outbox.saveOperation('visit.record', visit(2));
    server.retries.set(stuck.id, 2);
    await phone.engine.sync('save');
    expect((await phone.outbox.entries('waiting')).map((entry) => entry.id)).toEqual([stuck.id, child.id]);
    await settleDown(phone);
    expect(server.applied.at(-1)?.id).toBe(child.id);
  });

  test('D9 a backup is restored: the whole stock is sent again, nothing is lost and nothing doubled', async () => {
    const phone = await signedInPhone(server);
    for (let n = 0; n < 5; n += 1) await phone.outbox.saveOperation('visit.record', visit(n + 1));
    await settleDown(phone);
    const lastNight = server.backup();
    for (let n = 5; n < 12; n += 1) await phone.outbox.saveOperation('visit.record', visit(n + 1));
    await settleDown(phone);
    server.restore(lastNight);
    expect(server.applied).toHaveLength(5);
    phone.pass(60_000);
    await phone.engine.sync('tick');
    await settleDown(phone);
    expect(server.applied).toHaveLength(12);
    expect(server.applied.every((one) => one.effects === 1)).toBe(true);
  });

  test('what was delivered more than 30 days ago is forgotten, what was put aside is not', async () => {
    const phone = await signedInPhone(server);
    const bad = await phone.outbox.saveOperation('visit.record', visit(1));
    await phone.outbox.saveOperation('visit.record', visit(2));
    server.quarantine.set(bad.id, 'invalid');
    await settleDown(phone);
    phone.pass(31 * 86_400_000);
    await settleDown(phone);
    expect((await phone.outbox.entries()).map((entry) => entry.id)).toEqual([bad.id]);
  });

  test('only what the signed-in person saved is sent; the rest waits for its owner', async () => {
    const phone = await signedInPhone(server);
    server.fault = () => 'cut_request';
    await phone.outbox.saveOperation('visit.record', visit(1));
    server.fault = () => 'none';
    await phone.sessions.signOut();
    server.person = 2;
    await phone.sessions.signIn('liqiang', 'secret');
    await phone.outbox.saveOperation('visit.record', visit(2));
    await settleDown(phone);
    expect(server.applied.map((one) => one.seq)).toEqual([2]);
    expect(phone.engine.status.get().others).toBe(1);
    server.person = 1;
    await phone.sessions.signIn('wangfang', 'secret');
    await settleDown(phone);
    expect(server.applied).toHaveLength(2);
  });
});

describe('who is signed in', () => {
  test('the session ends on the server: capture goes on, the screen says so, and signing in sends it', async () => {
    const phone = await signedInPhone(server);
    server.isSignedIn = false;
    await phone.outbox.saveOperation('visit.record', visit());
    await phone.engine.sync('save');
    expect(phone.engine.status.get()).toMatchObject({ state: 'signed_out', counts: { waiting: 1 } });
    await phone.sessions.signIn('wangfang', 'secret');
    await settleDown(phone);
    expect(server.applied).toHaveLength(1);
  });

  test('signing out without a network keeps the outbox and tells the server later', async () => {
    const phone = await signedInPhone(server);
    server.fault = () => 'cut_request';
    await phone.outbox.saveOperation('visit.record', visit());
    await phone.sessions.signOut();
    expect(await phone.outbox.count('waiting')).toBe(1);
    expect(server.isSignedIn).toBe(true);
    server.fault = () => 'none';
    await phone.engine.sync('start');
    expect(server.isSignedIn).toBe(false);
    expect(server.applied).toHaveLength(0);
  });

  test('B8 the storage is evicted with three waiting operations: sign-in tells the server which numbers they were', async () => {
    const phone = await signedInPhone(server);
    server.fault = () => 'cut_request';
    for (let n = 0; n < 3; n += 1) await phone.outbox.saveOperation('visit.record', visit(n + 1));
    const { device } = await phone.outbox.meta();
    phone.kill();
    server.fault = () => 'none';
    server.lost = [{ from: 1, to: 3 }];
    const after = makePhone(server, { cookies: phone.cookies });
    await after.sessions.restore();
    await after.sessions.signIn('wangfang', 'secret');
    expect(server.known).toEqual({ device_id: device, highest_seq: 3 });
    await settleDown(after);
    expect(after.engine.status.get().lost).toEqual([{ from: 1, to: 3 }]);
  });

  test('B8 the numbers are told also when the sign-in after the eviction loses its connection', async () => {
    const phone = await signedInPhone(server);
    server.fault = () => 'cut_request';
    await phone.outbox.saveOperation('visit.record', visit());
    phone.kill();
    server.lost = [{ from: 1, to: 1 }];
    server.fault = (_method, path) => (path === '/devices' ? 'cut_request' : 'none');
    const after = makePhone(server, { cookies: phone.cookies });
    await after.sessions.signIn('wangfang', 'secret');
    await after.outbox.saveOperation('visit.record', visit());
    server.fault = () => 'none';
    await settleDown(after);
    expect(after.engine.status.get().lost).toEqual([{ from: 1, to: 1 }]);
  });
});
