import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { openBytes, sealBytes, secretKey, type SealedRow } from './rows';

export type Unlock = 'pin' | 'passkey';
/** unset: nobody has set up how to unlock yet · shut: it must be unlocked · open: keys are at hand. */
export type VaultState = 'unset' | 'shut' | 'open';

/** How the signed-in person unlocks this phone. What it opens is proved by `check`, which holds nothing. */
export interface Lock {
  kind: Unlock;
  personId: number;
  salt: Uint8Array<ArrayBuffer>;
  /** The passkey's id in base64url; null for a PIN. */
  credential: string | null;
  check: SealedRow;
  /** Wrong PINs in a row. Written before a PIN is tried, so that a killed page counts too. */
  wrong: number;
  /** The next PIN is not tried before this instant, ms. */
  notBefore: number;
}

/** The lease's key, readable only with what the person knows or has. */
interface Wrapped extends SealedRow {
  id: string;
  until: number;
}

/** What lies open for as long as the phone is in use. */
interface Open {
  personId: number;
  /** Wraps the keys of further leases. */
  wrapping: CryptoKey;
  lease: { id: string; key: CryptoKey } | null;
  usedAt: number;
}

interface VaultSchema extends DBSchema {
  lock: { key: 'now'; value: Lock };
  wrapped: { key: 'now'; value: Wrapped };
  open: { key: 'now'; value: Open };
  /** Of the phone, whoever carries it: `draft` seals what is half entered, `device` signs. */
  own: { key: 'draft'; value: CryptoKey };
  device: { key: 'now'; value: CryptoKeyPair };
}

export const vaultName = 'routebook-vault';
/** After this long out of use the keys are put away: a phone whose camera kills the page asks nothing inside a shop. */
export const openForMs = 1_800_000;
const touchEveryMs = 60_000;
const checkWords = new TextEncoder().encode('routebook lock 1');
const stores = ['lock', 'wrapped', 'open', 'own', 'device'] as const;

/** What the day-book and the pull ask of the vault. */
export interface LeaseKeys {
  isOpen(): Promise<boolean>;
  /** null: not here, or put away. */
  key(leaseId: string): Promise<CryptoKey | null>;
  /** Wraps and keeps the key that the server gave; the one before is gone. */
  keep(lease: { id: string; until: number }, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The lease is over: its key goes, wrapped and open. */
  end(): Promise<void>;
  /** '' while nothing is set up. */
  unlock(): Promise<Unlock | ''>;
  /** What somebody else's lock kept on this phone goes. */
  belongTo(personId: number): Promise<void>;
  /** Everything that unlocks or reads, before the data: all but the device's own keys. */
  clear(): Promise<void>;
}

export interface Vault extends LeaseKeys {
  state(personId: number): Promise<VaultState>;
  lock(): Promise<Lock | null>;
  changeLock(change: Partial<Lock>): Promise<void>;
  /** From now on `wrapping` opens and shuts this phone for a person; what another lock kept is gone. */
  setLock(lock: Omit<Lock, 'check' | 'wrong' | 'notBefore'>, wrapping: CryptoKey): Promise<void>;
  /** Whether `wrapping` is the right key; then everything is open. */
  openWith(wrapping: CryptoKey): Promise<boolean>;
  /** The phone is in use. */
  touch(): Promise<void>;
  /** Puts the open keys away. */
  shut(): Promise<void>;
  draftKey(): Promise<CryptoKey>;
  device(): Promise<CryptoKeyPair>;
}

export function createVault(name: string, now: () => number): Vault {
  let opening: Promise<IDBPDatabase<VaultSchema>> | null = null;

  function open(): Promise<IDBPDatabase<VaultSchema>> {
    const letGo = () => {
      void opening?.then((db) => db.close()).catch(() => undefined);
      opening = null;
    };
    opening ??= openDB<VaultSchema>(name, 1, {
      upgrade: (db) => stores.forEach((store) => db.createObjectStore(store)),
      blocking: letGo,
      terminated: letGo,
    });
    return opening;
  }

  /** On a connection that the system has killed it is opened again, once. */
  async function use<T>(deed: (db: IDBPDatabase<VaultSchema>) => Promise<T>): Promise<T> {
    try {
      return await deed(await open());
    } catch {
      opening = null;
      return deed(await open());
    }
  }

  const drop = (which: readonly ('lock' | 'wrapped' | 'open')[]) =>
    use(async (db) => {
      const tx = db.transaction(which, 'readwrite', { durability: 'strict' });
      for (const store of which)
        tx.objectStore(store)
          .clear()
          .catch(() => undefined);
      await tx.done;
    });

  /** What is open now; what was out of use for too long is put away. */
  async function atHand(): Promise<Open | null> {
    const held = await use((db) => db.get('open', 'now'));
    if (!held) return null;
    if (now() - held.usedAt <= openForMs) return held;
    await drop(['open']);
    return null;
  }

  const putOpen = (held: Open) => use((db) => db.put('open', held, 'now'));

  return {
    async state(personId) {
      const held = await use((db) => db.get('lock', 'now'));
      if (held?.personId !== personId) return 'unset';
      return (await atHand())?.personId === personId ? 'open' : 'shut';
    },
    isOpen: async () => (await atHand()) !== null,
    unlock: async () => (await use((db) => db.get('lock', 'now')))?.kind ?? '',
    lock: async () => (await use((db) => db.get('lock', 'now'))) ?? null,
    async changeLock(change) {
      await use(async (db) => {
        const tx = db.transaction('lock', 'readwrite', { durability: 'strict' });
        const held = await tx.store.get('now');
        if (held) tx.store.put({ ...held, ...change }, 'now').catch(() => undefined);
        await tx.done;
      });
    },
    async setLock(lock, wrapping) {
      const check = await sealBytes(wrapping, checkPlace(lock), checkWords);
      await drop(['open', 'wrapped']);
      await use((db) => db.put('lock', { ...lock, check, wrong: 0, notBefore: 0 }, 'now'));
      await putOpen({ personId: lock.personId, wrapping, lease: null, usedAt: now() });
    },
    async openWith(wrapping) {
      const [lock, wrapped] = await Promise.all([
        use((db) => db.get('lock', 'now')),
        use((db) => db.get('wrapped', 'now')),
      ]);
      if (!lock || !(await opens(wrapping, checkPlace(lock), lock.check))) return false;
      // A wrapped key that does not open belongs to another lock or was changed: the book is pulled anew.
      const bytes = wrapped && (await opens(wrapping, keyPlace(wrapped, lock.personId), wrapped));
      const lease = wrapped && bytes ? { id: wrapped.id, key: await secretKey(bytes) } : null;
      await putOpen({ personId: lock.personId, wrapping, lease, usedAt: now() });
      return true;
    },
    async key(leaseId) {
      const lease = (await atHand())?.lease;
      return lease?.id === leaseId ? lease.key : null;
    },
    async keep(lease, bytes) {
      const held = await atHand();
      if (!held) throw new Error('the vault is shut');
      const sealed = await sealBytes(held.wrapping, keyPlace(lease, held.personId), bytes);
      const key = await secretKey(bytes);
      await use((db) => db.put('wrapped', { ...sealed, ...lease }, 'now'));
      await putOpen({ ...held, lease: { id: lease.id, key }, usedAt: now() });
    },
    async end() {
      const held = await use((db) => db.get('open', 'now'));
      await drop(['wrapped']);
      if (held?.lease) await putOpen({ ...held, lease: null });
    },
    async touch() {
      const held = await atHand();
      if (held && now() - held.usedAt > touchEveryMs) await putOpen({ ...held, usedAt: now() });
    },
    shut: () => drop(['open']),
    clear: () => drop(['open', 'wrapped', 'lock']),
    async belongTo(personId) {
      const lock = await use((db) => db.get('lock', 'now'));
      if (lock && lock.personId !== personId) await drop(['open', 'wrapped', 'lock']);
    },
    draftKey: () => once(use, 'own', 'draft', newDraftKey),
    device: () => once(use, 'device', 'now', newDevicePair),
  };
}

type Use = <T>(deed: (db: IDBPDatabase<VaultSchema>) => Promise<T>) => Promise<T>;

/** What is made the first time it is asked for. Two tabs may make it at once: what is stored first holds. */
async function once<S extends 'own' | 'device'>(
  use: Use,
  store: S,
  key: VaultSchema[S]['key'],
  make: () => Promise<VaultSchema[S]['value']>,
): Promise<VaultSchema[S]['value']> {
  const found = await use((db) => db.get(store, key));
  if (found) return found;
  const made = await make();
  return use(async (db) => {
    const tx = db.transaction(store, 'readwrite', { durability: 'strict' });
    const earlier = await tx.store.get(key);
    if (!earlier) tx.store.put(made, key).catch(() => undefined);
    await tx.done;
    return earlier ?? made;
  });
}

function newDraftKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

function newDevicePair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
}

function checkPlace(lock: Pick<Lock, 'kind' | 'personId'>): string {
  return `lock|${lock.kind}|${lock.personId}`;
}

function keyPlace(lease: { id: string; until: number }, personId: number): string {
  return `key|${lease.id}|${lease.until}|${personId}`;
}

function opens(key: CryptoKey, place: string, row: SealedRow): Promise<ArrayBuffer | null> {
  return openBytes(key, place, row).catch(() => null);
}
