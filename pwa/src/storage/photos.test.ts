// @vitest-environment node
import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { expect, test } from 'vitest';
import { visit } from '@/sync/testing/fake-phone';
import { createOutbox, type Outbox } from './outbox';
import { rawExport } from './raw-export';
import type { PhotoToSave } from './types';
import { createVault } from './vault';

/** How every JPEG begins, and words in the picture that are looked for. */
const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from('JFIF canary 13800001234')]);
let count = 0;

async function phone(): Promise<{ name: string; open: () => Promise<Outbox> }> {
  const name = `outbox-photos-${++count}`;
  const vault = createVault(`vault-photos-${count}`, Date.now);
  const open = async () => {
    const outbox = createOutbox({ name, draftKey: () => vault.draftKey() });
    await outbox.changeMeta(() => ({ session: { person: { id: 1 } } }));
    return outbox;
  };
  return Promise.resolve({ name, open });
}

function photo(id: string): PhotoToSave {
  const bytes = new Uint8Array(jpeg).buffer;
  return {
    id,
    visitId: 'v',
    step: 'outdoor',
    kind: 'before',
    takenAt: '2026-11-23T01:00:00Z',
    width: 4,
    height: 3,
    bytes,
  };
}

/** Every byte of every store, as a copy of the disk would show them. */
async function everything(name: string): Promise<string> {
  const dump = JSON.parse(await rawExport(name), (_key, value: unknown) =>
    value !== null && typeof value === 'object' && 'base64' in value
      ? Buffer.from(String(value.base64), 'base64').toString('latin1')
      : value,
  ) as unknown;
  return JSON.stringify(dump);
}

test('E10 no byte of a picture that waits lies open in the database, and it is whole again after a restart', async () => {
  const { name, open } = await phone();
  const outbox = await open();
  await outbox.savePhoto(photo('taken'));
  await outbox.saveOperation('visit.record', visit(), { photos: ['taken', photo('with the visit')] });
  const disk = await everything(name);
  expect(disk).toContain('photoBytes');
  expect(disk).not.toContain('JFIF');
  expect(disk).not.toContain('canary');
  outbox.close();
  const again = await open();
  for (const id of ['taken', 'with the visit']) {
    expect(Buffer.from((await again.photoBytes(id)) ?? new ArrayBuffer(0)).equals(jpeg)).toBe(true);
  }
});

test('a search that cannot find is no proof: an open picture is found', async () => {
  const { name, open } = await phone();
  const outbox = await open();
  const db = await openDB(name);
  await db.put('photoBytes', new Uint8Array(jpeg).buffer, 'before');
  expect(await everything(name)).toContain('JFIF');
  expect(
    Buffer.from((await outbox.photoBytes('before')) ?? new ArrayBuffer(0)).equals(jpeg),
    'an earlier version',
  ).toBe(true);
});

test('a picture that was swapped for another, or lies under a lost key, is gone and not shown as the other', async () => {
  const { name, open } = await phone();
  const outbox = await open();
  await outbox.savePhoto(photo('one'));
  await outbox.savePhoto(photo('two'));
  const db = await openDB(name);
  await db.put('photoBytes', await db.get('photoBytes', 'two'), 'one');
  expect(await outbox.photoBytes('one')).toBeNull();
  const other = createVault(`vault-photos-other-${count}`, Date.now);
  const elsewhere = createOutbox({ name, draftKey: () => other.draftKey() });
  expect(await elsewhere.photoBytes('two')).toBeNull();
});
