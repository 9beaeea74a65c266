// @vitest-environment node
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, test } from 'vitest';
import { makePhone, settleDown, signedInPhone, visit, type FakePhone } from './testing/fake-phone';
import { FakeServer } from './testing/fake-server';

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
  server.addCards(1, 2);
});

/** A phone with a book, and with work and a draft that have not left it. */
async function busyPhone(): Promise<FakePhone> {
  const phone = await signedInPhone(server);
  await settleDown(phone);
  server.fault = () => 'cut_request';
  for (let at = 0; at < 12; at += 1) await phone.outbox.saveOperation('visit.record', visit());
  await Promise.all([phone.outbox.saveDraft('visit:1', { note: 'half' }), phone.outbox.flushDrafts()]);
  return phone;
}

async function isWiped(phone: FakePhone): Promise<boolean> {
  const left = await Promise.all([phone.daybook.lease(), phone.keys.isOpen(), phone.outbox.draftKeys()]);
  return left[0] === null && !left[1] && left[2].length === 0 && phone.sessions.session.get() === null;
}

describe('access that is stopped', () => {
  test('E3 twelve operations go to the drop-box, then the phone is wiped; nothing else was asked for', async () => {
    const phone = await busyPhone();
    server.isFrozen = true;
    server.fault = () => 'none';
    server.requests.length = 0;
    await phone.engine.sync('start');
    expect(server.applied).toHaveLength(12);
    expect(await phone.outbox.count('waiting')).toBe(0);
    expect(await isWiped(phone)).toBe(true);
    expect(phone.sessions.stopped.get()).toMatchObject({ code: 'frozen' });
    const asked = new Set(server.requests.map(({ path }) => path));
    expect([...asked].filter((path) => path.startsWith('/daybook'))).toEqual([]);
  });

  test('a drop-box out of reach puts off the delivery and not the wipe', async () => {
    const phone = await busyPhone();
    server.isFrozen = true;
    server.fault = (_method, path) => (path === '/dropbox' ? 'cut_request' : 'none');
    await phone.engine.sync('start');
    expect(await isWiped(phone)).toBe(true);
    expect(await phone.outbox.count('waiting')).toBe(12);
    server.fault = () => 'none';
    await settleDown(phone);
    expect(server.applied).toHaveLength(12);
  });

  test('E5 a phone that was killed in between is stopped when it starts again', async () => {
    const phone = await busyPhone();
    await phone.outbox.changeMeta(() => ({ stopped: { personId: 1, code: 'frozen' } }));
    phone.kill();
    const again = makePhone(server, { name: phone.name });
    expect(await again.sessions.restore()).toBeNull();
    server.fault = () => 'none';
    await again.engine.sync('start');
    expect(await isWiped(again)).toBe(true);
    expect(server.applied).toHaveLength(12);
  });

  test('somebody else may sign in on the phone afterwards', async () => {
    const phone = await busyPhone();
    server.isFrozen = true;
    server.fault = () => 'none';
    await phone.engine.sync('start');
    server.isFrozen = false;
    server.person = 2;
    expect((await phone.sessions.signIn('liqiang', 'secret')).ok).toBe(true);
    expect(phone.sessions.stopped.get()).toBeNull();
    await settleDown(phone);
    expect((await phone.daybook.read())?.cards.size).toBe(2);
  });
});
