// @vitest-environment node
import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { visit } from '@/sync/testing/fake-phone';
import { createOutbox } from './outbox';
import { createVault } from './vault';

const words = '老板的儿子下周结婚';
const draft = v.object({ note: v.string() });

test('what is half entered lies sealed in the database, and is there again after a restart', async () => {
  const vault = createVault('vault-drafts', Date.now);
  const open = () => createOutbox({ name: 'outbox-drafts', draftKey: () => vault.draftKey() });
  const outbox = open();
  await Promise.all([outbox.saveDraft('visit:1', { note: words }), outbox.flushDrafts()]);
  const db = await openDB('outbox-drafts');
  const [row] = (await db.getAll('drafts')) as { text: string; sealed: { data: ArrayBuffer } }[];
  expect(row?.text).toBe('');
  expect(Buffer.from(row?.sealed.data ?? new ArrayBuffer(0)).toString()).not.toContain(words);
  outbox.close();
  expect(await open().loadDraft('visit:1', draft)).toEqual({ note: words });
});

test('a draft of an earlier version of the app is read as it lies', async () => {
  const vault = createVault('vault-drafts-2', Date.now);
  const outbox = createOutbox({ name: 'outbox-drafts-2', draftKey: () => vault.draftKey() });
  await outbox.meta();
  const db = await openDB('outbox-drafts-2');
  await db.put('drafts', { key: 'visit:1', text: JSON.stringify({ note: words }), savedAt: 1 });
  expect(await outbox.loadDraft('visit:1', draft)).toEqual({ note: words });
});

test('a body that is sealed to the server is read here from its copy only, and not without it', async () => {
  const copies = new Map<string, unknown>();
  const outbox = createOutbox({
    name: 'outbox-sealed',
    seal: () => Promise.resolve({ body: new Uint8Array([1, 2, 3]).buffer, keyId: 'k1' }),
    mirror: {
      keep: (id, body) => Promise.resolve(void copies.set(id, body)),
      read: (id) => Promise.resolve(copies.get(id)),
    },
  });
  await outbox.changeMeta(() => ({ session: { person: { id: 1 } } }));
  const body = visit();
  await outbox.saveOperation('visit.record', body);
  const [entry] = await outbox.entries();
  if (!entry) throw new Error('nothing was saved');
  expect(entry.keyId).toBe('k1');
  expect(await outbox.ownBody(entry)).toEqual(body);
  copies.clear();
  expect(await outbox.ownBody(entry)).toBeUndefined();
});
