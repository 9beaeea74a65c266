// @vitest-environment node
import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { expect, test } from 'vitest';
import { CardSchema, ManifestSchema, type Card, type Manifest } from '@/api';
import { parse } from 'valibot';
import { createDaybook } from './daybook';
import { secretKey } from './rows';

const canary = '13900001111';
let count = 0;

function card(id: number): Card {
  return parse(CardSchema, {
    id,
    version: 3,
    name: `门店${id}`,
    latitude: null,
    longitude: null,
    rules: [],
    contacts: [{ id, name: '陈老板', phone: canary }],
    notes: [],
    promises: [],
    skus: [],
    stock: { shelf: [], backroom: [], delivered: [] },
    visits: [],
    orders: [],
    deliveries: [],
    people: [],
  });
}

function manifest(lease = 'one'): Manifest {
  return parse(ManifestSchema, {
    epoch: 'e',
    server_time: '2026-11-23T01:00:00Z',
    version: 'v',
    lease: { id: lease, day: '2026-11-23', from: '2026-11-22T21:00:00Z', until: '2026-11-23T13:00:00Z' },
    timezone: 'Asia/Hong_Kong',
    currency: 'HKD',
    cycle_anchor: '2026-01-05',
    person: { id: 1, name: '王芳', roles: ['rep'] },
    routes: [],
    stops: [],
    cards: [
      [1, 3],
      [2, 3],
    ],
    catalogue_version: 1,
    server_seq: 0,
  });
}

/** A book of two cards, and whatever key its phone holds for the lease. */
async function lentBook(lease = 'one') {
  const name = `daybook-${++count}`;
  const keys = new Map<string, CryptoKey>();
  keys.set(lease, await secretKey(crypto.getRandomValues(new Uint8Array(32))));
  const open = () => createDaybook(name, { key: (id) => Promise.resolve(keys.get(id) ?? null) });
  const daybook = open();
  await daybook.swap(manifest(lease), { cards: [card(1), card(2)] }, 'tag');
  return { name, keys, daybook, open };
}

test('nothing of a card lies in the database in the clear', async () => {
  const { name } = await lentBook();
  const db = await openDB(name);
  for (const store of db.objectStoreNames) {
    for (const row of (await db.getAll(store)) as Record<string, unknown>[]) {
      const lying = JSON.stringify(row, (_key, value: unknown) =>
        value instanceof ArrayBuffer ? Buffer.from(value).toString('latin1') : value,
      );
      expect(lying).not.toContain(canary);
      expect(lying).not.toContain('门店');
    }
  }
});

test('without its key the book is not read and stays; with it, it is there again', async () => {
  const { keys, daybook } = await lentBook();
  const key = keys.get('one') as CryptoKey;
  keys.clear();
  expect(await daybook.read()).toBeNull();
  expect(await daybook.lease()).toMatchObject({ id: 'one' });
  keys.set('one', key);
  expect((await daybook.read())?.cards.get(2)?.contacts[0]?.phone).toBe(canary);
});

test('E8 two rows that were swapped are refused, and the book is gone', async () => {
  const { name, daybook } = await lentBook();
  const db = await openDB(name);
  const [one, two] = (await db.getAll('cards')) as { id: number }[];
  await db.put('cards', { ...one, id: 2 });
  await db.put('cards', { ...two, id: 1 });
  db.close();
  expect(await daybook.read()).toBeNull();
  expect(await daybook.versions()).toMatchObject({ lease: null, etag: null });
});

test('E8 a row of another phone, or of an older version, is refused', async () => {
  const { name, daybook } = await lentBook();
  const foreign = await lentBook();
  const from = await openDB(foreign.name);
  const row = (await from.get('cards', 1)) as object;
  const db = await openDB(name);
  await db.put('cards', row);
  db.close();
  expect(await daybook.read()).toBeNull();

  const other = await lentBook();
  const cards = await openDB(other.name);
  await cards.put('cards', { ...((await cards.get('cards', 1)) as object), version: 4 });
  cards.close();
  expect(await other.daybook.read()).toBeNull();
});

test('E8 a lease whose end was moved is refused', async () => {
  const { name, daybook } = await lentBook();
  const db = await openDB(name);
  const head = (await db.get('manifest', 'now')) as { lease: { until: number } };
  await db.put('manifest', { ...head, lease: { ...head.lease, until: head.lease.until + 1 } }, 'now');
  db.close();
  expect(await daybook.read()).toBeNull();
});

test('what the person did can be read as long as the lease lasts, and not with the next one', async () => {
  const { keys, daybook } = await lentBook();
  await daybook.keepOwn('op', { note: '老板要新冰柜' });
  expect(await daybook.readOwn('op')).toEqual({ note: '老板要新冰柜' });
  keys.set('two', await secretKey(crypto.getRandomValues(new Uint8Array(32))));
  await daybook.swap(manifest('two'), { cards: [card(1), card(2)] }, 'tag');
  expect(await daybook.readOwn('op')).toBeUndefined();
});
