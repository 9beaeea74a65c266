// @vitest-environment node
import 'fake-indexeddb/auto';
import { createHash } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import type { PhotoToSave } from '@/storage/types';
import { FakeServer, type Fault } from './testing/fake-server';
import { settleDown, signedInPhone, visit } from './testing/fake-phone';
import { chunkBytes } from './uploads';

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

function photo(id: string, size: number): PhotoToSave {
  const bytes = new Uint8Array(size).map((_zero, at) => (at * 31 + size) % 251);
  return {
    id,
    visitId: 'v',
    step: 'outdoor',
    kind: 'before',
    takenAt: '2026-11-23T01:00:00.000Z',
    width: 1200,
    height: 900,
    bytes: bytes.buffer,
  };
}

/** The server's copy is the photo, byte for byte. */
function expectWhole(id: string): void {
  const kept = server.state.uploads.get(id);
  expect(kept?.bytes.length).toBe(kept?.size);
  expect(
    createHash('sha256')
      .update(kept?.bytes as Uint8Array)
      .digest('hex'),
  ).toBe(kept?.sha256);
}

const chunks = () => server.requests.filter((seen) => seen.method === 'PATCH');

test('a photo goes in chunks of 128 KiB after its visit, and is kept as stock', async () => {
  const phone = await signedInPhone(server);
  await phone.outbox.saveOperation('visit.record', visit(), { photos: [photo('p1', 300_000)] });
  await settleDown(phone);
  expectWhole('p1');
  expect(chunks().map((seen) => seen.bytes)).toEqual([chunkBytes, chunkBytes, 300_000 - 2 * chunkBytes]);
  expect(await phone.outbox.photos()).toMatchObject([{ state: 'delivered' }]);
  expect(await phone.outbox.photoBytes('p1')).not.toBeNull();
});

test.each<Fault>(['cut_request', 'cut_answer', 'busy', 'broken'])(
  'A18 the connection fails in the middle (%s): it goes on where the server stopped, and the checksum is equal',
  async (fault) => {
    const phone = await signedInPhone(server);
    await phone.outbox.saveOperation('visit.record', visit(), { photos: [photo('p1', 500_000)] });
    let sent = 0;
    server.fault = (method) => (method === 'PATCH' && ++sent === 2 ? fault : 'none');
    await phone.engine.sync('save');
    expect(await phone.outbox.photos()).toMatchObject([{ state: 'waiting' }]);
    await settleDown(phone);
    expectWhole('p1');
    const bytes = chunks().reduce((sum, seen) => sum + seen.bytes, 0);
    expect(bytes).toBeLessThanOrEqual(500_000 + chunkBytes);
  },
);

test('A18 a chunk arrives damaged, another at a place that the server has left: asked again, and whole', async () => {
  const phone = await signedInPhone(server);
  await phone.outbox.saveOperation('visit.record', visit(), { photos: [photo('p1', 300_000)] });
  server.chunkFaults = [460, 409];
  await settleDown(phone);
  expectWhole('p1');
});

test('D6 the server has no room for photos: operations go on, the photo waits', async () => {
  const phone = await signedInPhone(server);
  await phone.outbox.saveOperation('visit.record', visit(1), { photos: [photo('p1', 10_000)] });
  server.chunkFaults = [507];
  await phone.engine.sync('save');
  expect(server.applied).toHaveLength(2);
  expect(phone.engine.status.get()).toMatchObject({ state: 'waiting', photos: { waiting: 1 } });
  await settleDown(phone);
  expectWhole('p1');
});

test('a photo that the server will not have is shown, and the next one goes', async () => {
  const phone = await signedInPhone(server);
  await phone.outbox.saveOperation('visit.record', visit(), {
    photos: [photo('p1', 10_000), photo('p2', 10_000)],
  });
  const fetchAsBefore = server.fetch;
  Object.assign(server, {
    fetch: ((input, init) => {
      const isFirst = String(input).endsWith('/uploads') && JSON.parse(String(init?.body)).photo_id === 'p1';
      if (!isFirst) return fetchAsBefore(input, init);
      return Promise.resolve(
        new Response('{"code":"not_jpeg","status":422}', {
          status: 422,
          headers: { 'Content-Type': 'application/problem+json' },
        }),
      );
    }) satisfies typeof fetch,
  });
  await settleDown(phone);
  expectWhole('p2');
  expect(phone.engine.status.get().photos).toEqual({ waiting: 0, attention: 1 });
  expect((await phone.outbox.photos()).find((one) => one.id === 'p1')).toMatchObject({ code: 'not_jpeg' });
});

test('a visit that is saved while photos go does not wait for them', async () => {
  const phone = await signedInPhone(server);
  phone.outbox.onSaved(() => void phone.engine.sync('save'));
  await phone.outbox.saveOperation('visit.record', visit(1), { photos: [photo('p1', 900_000)] });
  const fetchAsBefore = server.fetch;
  let hasSaved = false;
  Object.assign(server, {
    fetch: (async (input, init) => {
      if (init?.method === 'PATCH' && !hasSaved) {
        hasSaved = true;
        await phone.outbox.saveOperation('visit.record', visit(2));
      }
      return fetchAsBefore(input, init);
    }) satisfies typeof fetch,
  });
  await phone.engine.sync('hand');
  await settleDown(phone);
  const order = server.requests.map((seen) => `${seen.method} ${seen.path}`);
  expect(order.lastIndexOf('POST /operations')).toBeLessThan(order.lastIndexOf('PATCH /uploads/p1'));
  expectWhole('p1');
});
