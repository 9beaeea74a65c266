// @vitest-environment node
import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { beforeEach, describe, expect, test } from 'vitest';
import { openWithPasskey, openWithPin, setPasskey, setPin } from './locking';
import { createVault, openForMs, type Vault } from './vault';

const person = 1;
const pin = '402817';
const lease = { id: 'lease-1', until: 2_000_000_000_000 };
let count = 0;
let time = 0;
let name = '';
let vault: Vault;

const now = () => time;
const again = () => createVault(name, now);
const someKey = () => crypto.getRandomValues(new Uint8Array(32));

beforeEach(() => {
  time = 1_800_000_000_000;
  name = `vault-${++count}`;
  vault = again();
});

describe('a phone with a PIN', () => {
  test('opens with it, and gives the key of the lease back after a restart', async () => {
    expect(await vault.state(person)).toBe('unset');
    await setPin(vault, person, pin);
    await vault.keep(lease, someKey());
    await vault.shut();
    expect(await vault.state(person)).toBe('shut');
    expect(await vault.key(lease.id)).toBeNull();
    const restarted = again();
    expect(await openWithPin(restarted, pin, now)).toEqual({ is: 'open' });
    expect(await restarted.key(lease.id)).toMatchObject({ extractable: false });
  });

  test('asks for it after half an hour out of use, not before, and each use counts anew', async () => {
    await setPin(vault, person, pin);
    time += openForMs;
    expect(await again().state(person)).toBe('open');
    await again().touch();
    time += openForMs;
    expect(await again().state(person)).toBe('open');
    time += 1;
    expect(await again().state(person)).toBe('shut');
    const db = await openDB(name);
    expect(await db.count('open')).toBe(0);
  });

  test('E6 five wrong PINs: then a wait that doubles, then only a new sign-in', async () => {
    await setPin(vault, person, pin);
    await vault.shut();
    const tries = [];
    for (let at = 0; at < 4; at += 1) tries.push(await openWithPin(vault, '000000', now));
    expect(tries).toEqual([4, 3, 2, 1].map((left) => ({ is: 'wrong', left })));
    expect(await openWithPin(vault, '000000', now)).toEqual({ is: 'wait', until: time + 30_000 });
    expect(await openWithPin(again(), pin, now)).toEqual({ is: 'wait', until: time + 30_000 });
    time += 30_000;
    expect(await openWithPin(vault, '000000', now)).toEqual({ is: 'wait', until: time + 60_000 });
    time += 60_000;
    expect(await openWithPin(vault, '000000', now)).toEqual({ is: 'wait', until: time + 120_000 });
    time += 120_000;
    expect(await openWithPin(vault, '000000', now)).toEqual({ is: 'over' });
  }, 20_000);

  test('E6 the right PIN after wrong ones opens, and the count begins again', async () => {
    await setPin(vault, person, pin);
    await openWithPin(vault, '000000', now);
    expect(await openWithPin(vault, pin, now)).toEqual({ is: 'open' });
    expect(await vault.lock()).toMatchObject({ wrong: 0, notBefore: 0 });
  });

  test('a lease whose end was moved in the database does not open', async () => {
    await setPin(vault, person, pin);
    await vault.keep(lease, someKey());
    const db = await openDB(name);
    const wrapped = (await db.get('wrapped', 'now')) as { until: number };
    await db.put('wrapped', { ...wrapped, until: wrapped.until + 86_400_000 }, 'now');
    await vault.shut();
    expect(await openWithPin(vault, pin, now)).toEqual({ is: 'open' });
    expect(await vault.key(lease.id)).toBeNull();
  });

  test('E5 at the end of a lease its key is gone, wrapped and open', async () => {
    await setPin(vault, person, pin);
    await vault.keep(lease, someKey());
    await vault.end();
    expect(await vault.key(lease.id)).toBeNull();
    expect(await vault.isOpen()).toBe(true);
    const db = await openDB(name);
    expect(await db.count('wrapped')).toBe(0);
  });
});

describe('a phone with a passkey', () => {
  const lock = { personId: person, salt: new Uint8Array(32), credential: 'abc' };

  test('opens with what the passkey gives, and with nothing else', async () => {
    const secret = someKey();
    await setPasskey(vault, lock, secret);
    await vault.shut();
    expect(await openWithPasskey(vault, someKey())).toBe(false);
    expect(await vault.state(person)).toBe('shut');
    expect(await openWithPasskey(vault, secret)).toBe(true);
    expect(await vault.unlock()).toBe('passkey');
  });

  test('E7 a new way to unlock leaves nothing of what the lost one kept', async () => {
    await setPasskey(vault, lock, someKey());
    await vault.keep(lease, someKey());
    await setPin(vault, person, pin);
    expect(await vault.key(lease.id)).toBeNull();
    await vault.shut();
    expect(await openWithPin(vault, pin, now)).toEqual({ is: 'open' });
    expect(await vault.key(lease.id)).toBeNull();
  });
});

test('the lock of one person does not serve another, and goes when another signs in', async () => {
  await setPin(vault, person, pin);
  expect(await vault.state(2)).toBe('unset');
  await vault.belongTo(2);
  expect(await vault.isOpen()).toBe(false);
  expect(await vault.lock()).toBeNull();
});

test('the keys of the phone itself are made once and cannot be read out', async () => {
  const [draft, device] = [await vault.draftKey(), await vault.device()];
  await vault.clear();
  expect(draft.extractable || device.privateKey.extractable).toBe(false);
  const bytes = new TextEncoder().encode('same key');
  const sign = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(sign, (await again().device()).privateKey, bytes);
  expect(await crypto.subtle.verify(sign, device.publicKey, signature, bytes)).toBe(true);
});
