// @vitest-environment node
import 'fake-indexeddb/auto';
import { inflateRawSync } from 'node:zlib';
import { openDB } from 'idb';
import * as v from 'valibot';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { visit } from '@/sync/testing/fake-phone';
import { createDaybook } from './daybook';
import { rawExport } from './raw-export';
import { createOutbox, type Outbox, type OutboxParts } from './outbox';
import { recallSeq } from './seq-cookie';
import { NotSaved, type PhotoToSave } from './types';

const session = { person: { id: 1 } };
let count = 0;
const noKeys = { key: () => Promise.resolve(null) };

async function makeOutbox(parts: OutboxParts = {}): Promise<Outbox & { name: string }> {
  const name = parts.name ?? `outbox-${++count}`;
  const outbox = createOutbox({ name, ...parts });
  await outbox.changeMeta(() => ({ session }));
  return { ...outbox, name };
}

function photo(id: string, size = 1000): PhotoToSave {
  return {
    id,
    visitId: 'v',
    step: 'outdoor',
    kind: 'before',
    takenAt: '2026-11-23T01:00:00.000Z',
    width: 4,
    height: 3,
    bytes: new Uint8Array(size).buffer,
  };
}

const add = IDBObjectStore.prototype.add;
const put = IDBObjectStore.prototype.put;

interface Abortable {
  _abort(name: string): void;
}

/** The n-th writes to a store end their transaction with an error, as a full disk or a killed connection does. */
function breakWrites(store: string, errorName: string, times: number): void {
  let left = times;
  function failing(this: IDBObjectStore, write: typeof add, args: Parameters<typeof add>) {
    const request = write.apply(this, args);
    if (this.name === store && left > 0) {
      left -= 1;
      const { transaction } = this;
      request.addEventListener('success', () => (transaction as unknown as Abortable)._abort(errorName));
    }
    return request;
  }
  vi.spyOn(IDBObjectStore.prototype, 'add').mockImplementation(function (this: IDBObjectStore, ...args) {
    return failing.call(this, add, args);
  });
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...args) {
    return failing.call(this, put, args);
  });
}

afterEach(() => vi.restoreAllMocks());

const reasonOf = (saving: Promise<unknown>) =>
  saving.then(
    () => 'saved',
    (error: unknown) => (error instanceof NotSaved ? error.reason : error),
  );

describe('saving an operation', () => {
  test('B1 the transaction ends before it is complete: not saved, the entry is absent, the draft is there, no number is used', async () => {
    const outbox = await makeOutbox();
    await Promise.all([outbox.saveDraft('visit:17', { note: 'half' }), outbox.flushDrafts()]);
    breakWrites('operations', 'DataError', 1);
    expect(await reasonOf(outbox.saveOperation('visit.record', visit(), { dropDraft: 'visit:17' }))).toBe(
      'unknown',
    );
    expect(await outbox.entries()).toEqual([]);
    expect(await outbox.loadDraft('visit:17', v.object({ note: v.string() }))).toEqual({ note: 'half' });
    expect((await outbox.saveOperation('visit.record', visit())).seq).toBe(1);
  });

  test('B2 the tab is killed right after "saved": the entry is there at the next start, and the draft is gone', async () => {
    const outbox = await makeOutbox();
    await Promise.all([outbox.saveDraft('visit:17', { note: 'half' }), outbox.flushDrafts()]);
    const saved = await outbox.saveOperation('visit.record', visit(17, '记得'), { dropDraft: 'visit:17' });
    outbox.close();
    const again = createOutbox({ name: outbox.name });
    const [entry] = await again.entries();
    expect(entry).toMatchObject({
      id: saved.id,
      seq: 1,
      state: 'waiting',
      personId: 1,
      kind: 'visit.record',
    });
    expect(inflateRawSync(Buffer.from(entry?.body as ArrayBuffer)).toString()).toContain('记得');
    expect(await again.loadDraft('visit:17', v.unknown())).toBeNull();
  });

  test('B2 every save asks for strict durability', async () => {
    const outbox = await makeOutbox();
    const opened = vi.spyOn(IDBDatabase.prototype, 'transaction');
    await outbox.saveOperation('visit.record', visit());
    await Promise.all([outbox.saveDraft('a', 1), outbox.flushDrafts()]);
    await outbox.savePhoto(photo('p'));
    const writes = opened.mock.calls.filter(([, mode]) => mode === 'readwrite');
    expect(writes).toHaveLength(3);
    for (const [, , options] of writes) expect(options).toEqual({ durability: 'strict' });
  });

  test('B4 no room: caches are freed, it is tried again and saved', async () => {
    const free = vi.fn(() => Promise.resolve());
    const outbox = await makeOutbox({ freeSpace: [free] });
    breakWrites('operations', 'QuotaExceededError', 1);
    expect(await reasonOf(outbox.saveOperation('visit.record', visit()))).toBe('saved');
    expect(free).toHaveBeenCalledTimes(1);
    expect(await outbox.entries()).toHaveLength(1);
  });

  test('B4 no room after the caches are freed: the book is given up last, and then it is NOT saved', async () => {
    const order: string[] = [];
    const outbox = await makeOutbox({
      freeSpace: [
        () => Promise.resolve(void order.push('caches')),
        () => Promise.resolve(void order.push('book')),
      ],
    });
    breakWrites('operations', 'QuotaExceededError', 99);
    expect(await reasonOf(outbox.saveOperation('visit.record', visit()))).toBe('quota');
    expect(order).toEqual(['caches', 'book']);
    expect(await outbox.entries()).toEqual([]);
  });

  test('B5 no room for a photo: the visit is saved without it, and the rep is told which', async () => {
    const outbox = await makeOutbox();
    await outbox.savePhoto(photo('kept'));
    breakWrites('photoBytes', 'QuotaExceededError', 99);
    const saved = await outbox.saveOperation('visit.record', visit(), { photos: ['kept', photo('new')] });
    expect(saved.photosLeftOut).toEqual(['new']);
    expect((await outbox.entries()).map((entry) => [entry.kind, entry.about.photoId])).toEqual([
      ['visit.record', undefined],
      ['photo.attach', 'kept'],
    ]);
  });

  test('B6 the system has killed the connection: it is opened once more and the save succeeds', async () => {
    const outbox = await makeOutbox();
    breakWrites('operations', 'UnknownError', 1);
    expect(await reasonOf(outbox.saveOperation('visit.record', visit()))).toBe('saved');
    expect(await outbox.entries()).toHaveLength(1);
  });

  test('B6 the connection is closed behind our back: it is opened once more and the save succeeds', async () => {
    const outbox = await makeOutbox();
    let closed = false;
    const { transaction } = IDBDatabase.prototype;
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...args) {
      if (!closed) this.close();
      closed = true;
      return transaction.apply(this, args);
    });
    expect(await reasonOf(outbox.saveOperation('visit.record', visit()))).toBe('saved');
  });

  test('B6 it fails a second time: NOT saved, and no silence', async () => {
    const outbox = await makeOutbox();
    breakWrites('operations', 'UnknownError', 2);
    expect(await reasonOf(outbox.saveOperation('visit.record', visit()))).toBe('connection');
    expect(await outbox.entries()).toEqual([]);
  });

  test('B6 the connection dies after the commit and before its answer: the operation is there once', async () => {
    const outbox = await makeOutbox();
    const saved = await outbox.saveOperation('visit.record', visit());
    const twice = await outbox.saveOperation('visit.record', visit(), { id: saved.id });
    expect(twice.seq).toBe(saved.seq);
    expect(await outbox.entries()).toHaveLength(1);
  });

  test('nobody has signed in: refused', async () => {
    const outbox = createOutbox({ name: `outbox-${++count}` });
    expect(await reasonOf(outbox.saveOperation('visit.record', visit()))).toBe('signed_out');
  });

  test('B10 two tabs save at once: numbers are unique and without a gap, and both see both entries', async () => {
    const one = await makeOutbox();
    const two = createOutbox({ name: one.name });
    await Promise.all(
      Array.from({ length: 20 }, (_none, at) =>
        (at % 2 ? one : two).saveOperation('visit.record', visit(at + 1)),
      ),
    );
    const seqs = (await one.entries()).map((entry) => entry.seq);
    expect(seqs).toEqual(Array.from({ length: 20 }, (_none, at) => at + 1));
    expect(await two.entries()).toHaveLength(20);
  });

  test('a photo hangs on its visit, with a number of its own and its checksum', async () => {
    const outbox = await makeOutbox();
    const saved = await outbox.saveOperation('visit.record', visit(), { photos: [photo('p1')] });
    const [first, attach] = await outbox.entries();
    expect(first?.about.photos).toBe(1);
    expect(attach).toMatchObject({ kind: 'photo.attach', seq: 2, after: saved.id });
    const body = JSON.parse(inflateRawSync(Buffer.from(attach?.body as ArrayBuffer)).toString()) as object;
    expect(body).toMatchObject({
      photo_id: 'p1',
      size: 1000,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await outbox.photos()).toMatchObject([{ id: 'p1', state: 'waiting', personId: 1 }]);
    expect((await outbox.photoBytes('p1'))?.byteLength).toBe(1000);
  });

  test('B8 the highest number is kept in a cookie, beside the storage', async () => {
    const cookies = { cookie: '' };
    const outbox = await makeOutbox({ cookies });
    await outbox.saveOperation('visit.record', visit(), { photos: [photo('p1')] });
    const { device } = await outbox.meta();
    expect(recallSeq(cookies)).toEqual({ device_id: device, highest_seq: 2 });
    expect(recallSeq({ cookie: 'a=b; rb_seq=nonsense' })).toBeNull();
  });
});

describe('drafts', () => {
  test('B19 the camera app kills the page: the draft comes back with all its fields', async () => {
    const outbox = await makeOutbox();
    const draft = { step: 'outdoor', shelf: { 1: 12, 2: null }, note: '海报旧了' };
    void outbox.saveDraft('visit:17', { step: 'greet' });
    void outbox.saveDraft('visit:17', draft);
    await outbox.flushDrafts();
    outbox.close();
    const schema = v.object({
      step: v.string(),
      shelf: v.record(v.string(), v.nullable(v.number())),
      note: v.string(),
    });
    expect(await createOutbox({ name: outbox.name }).loadDraft('visit:17', schema)).toEqual(draft);
  });

  test('quick changes are written together', async () => {
    const outbox = await makeOutbox();
    const writes = vi.spyOn(IDBObjectStore.prototype, 'put');
    await Promise.all(Array.from({ length: 25 }, (_none, at) => outbox.saveDraft('visit:17', at)));
    expect(writes).toHaveBeenCalledTimes(1);
    expect(await outbox.loadDraft('visit:17', v.number())).toBe(24);
  });

  test('a change that still waits does not come back after its operation was saved', async () => {
    const outbox = await makeOutbox();
    const late = outbox.saveDraft('visit:17', 'late');
    await outbox.saveOperation('visit.record', visit(), { dropDraft: 'visit:17' });
    await outbox.flushDrafts();
    expect(await outbox.draftKeys()).toEqual([]);
    await expect(late).resolves.toBeUndefined();
  });

  test('an unsaved operation gives a change that still waited its turn again', async () => {
    const outbox = await makeOutbox();
    const late = outbox.saveDraft('visit:17', 'late');
    breakWrites('operations', 'DataError', 1);
    await reasonOf(outbox.saveOperation('visit.record', visit(), { dropDraft: 'visit:17' }));
    vi.restoreAllMocks();
    await late;
    expect(await outbox.loadDraft('visit:17', v.string())).toBe('late');
  });

  test('a draft that this version cannot read is kept beside, not overwritten', async () => {
    const outbox = await makeOutbox();
    await outbox.saveDraft('visit:17', { from: 'an older version' });
    expect(await outbox.loadDraft('visit:17', v.number())).toBeNull();
    await outbox.saveDraft('visit:17', 7);
    expect(await outbox.draftKeys()).toContain('unread:visit:17');
  });
});

describe('other tabs and other versions', () => {
  test('B12 a newer version upgrades the database: the old tab keeps its draft, lets go, says so, and the upgrade does not hang', async () => {
    const outdated = vi.fn();
    const outbox = await makeOutbox({ outdated });
    const typed = outbox.saveDraft('visit:17', 'typed');
    const newer = await openDB(outbox.name, 2, { upgrade: (db) => void db.createObjectStore('later') });
    await typed;
    expect(outdated).toHaveBeenCalledTimes(1);
    expect(await newer.get('drafts', 'visit:17')).toMatchObject({ text: '"typed"' });
    expect(await reasonOf(outbox.saveOperation('visit.record', visit()))).toBe('outdated');
    newer.close();
  });

  test('B12 an older version of the app opens a newer outbox and goes on with it', async () => {
    const outbox = await makeOutbox();
    await outbox.saveOperation('visit.record', visit());
    outbox.close();
    (await openDB(outbox.name, 2, { upgrade: (db) => void db.createObjectStore('later') })).close();
    const older = createOutbox({ name: outbox.name });
    expect((await older.saveOperation('visit.record', visit())).seq).toBe(2);
  });

  test('B18 the outbox cannot be opened: capture is refused loudly', async () => {
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('Internal error opening backing store', 'UnknownError');
    });
    const outbox = createOutbox({ name: `outbox-${++count}` });
    expect(await reasonOf(outbox.saveOperation('visit.record', visit()))).toBe('unavailable');
    await expect(outbox.entries()).rejects.toMatchObject({ reason: 'unavailable' });
  });

  test('B18 what can still be read is exported, bodies and photos too', async () => {
    const outbox = await makeOutbox();
    await outbox.saveOperation('visit.record', visit(), { photos: [photo('p1', 3)] });
    const dump = JSON.parse(await rawExport(outbox.name)) as {
      stores: { operations: { value: { seq: number; body: { base64: string } } }[]; photoBytes: unknown[] };
    };
    expect(dump.stores.operations.map(({ value }) => value.seq).sort()).toEqual([1, 2]);
    expect(dump.stores.operations[0]?.value.body.base64).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(dump.stores.photoBytes).toEqual([{ key: 'p1', value: { base64: 'AAAA' } }]);
  });
});

describe('the book beside it', () => {
  test('B17 the book is corrupt: it is dropped and empty, the outbox is untouched', async () => {
    const outbox = await makeOutbox();
    await outbox.saveOperation('visit.record', visit());
    const name = `daybook-${++count}`;
    const damaged = await openDB(name, 2, { upgrade: (db) => void db.createObjectStore('cards') });
    damaged.close();
    const daybook = createDaybook(name, noKeys);
    expect(await daybook.read()).toBeNull();
    expect(await daybook.versions()).toMatchObject({ etag: null });
    expect(await outbox.entries()).toHaveLength(1);
  });

  test('B17 the book cannot even be opened the first time: dropped and opened anew', async () => {
    const { open } = indexedDB;
    let failures = 2;
    vi.spyOn(indexedDB, 'open').mockImplementation((...args) => {
      if (failures-- > 0) throw new DOMException('Internal error opening backing store', 'UnknownError');
      return open.apply(indexedDB, args);
    });
    const dropped = vi.spyOn(indexedDB, 'deleteDatabase');
    expect(await createDaybook(`daybook-${++count}`, noKeys).read()).toBeNull();
    expect(dropped).toHaveBeenCalledTimes(1);
  });
});
