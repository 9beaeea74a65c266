import { secretKey } from './rows';
import type { Lock, Vault } from './vault';

/** PBKDF2-SHA-256 (OWASP 2023): half a second on a slow phone. A PIN only delays whoever has the phone's disk. */
const rounds = 600_000;
export const pinLength = 6;
/** From the fifth wrong PIN in a row there is a wait, and after the eighth only a new sign-in helps. */
const freeTries = 5;
const mostTries = 8;
const firstWaitMs = 30_000;

export type Unlocked =
  | { is: 'open' }
  /** `left`: how many tries before the next wait. */
  | { is: 'wrong'; left: number }
  | { is: 'wait'; until: number }
  /** Nothing is left to unlock: sign in again. */
  | { is: 'over' };

export async function setPin(vault: Vault, personId: number, pin: string): Promise<void> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  await vault.setLock({ kind: 'pin', personId, salt, credential: null }, await fromPin(pin, salt));
}

/** One try. The count rises on the disk before the PIN is looked at. */
export async function openWithPin(vault: Vault, pin: string, now: () => number): Promise<Unlocked> {
  const lock = await vault.lock();
  if (!lock) return { is: 'over' };
  if (lock.notBefore > now()) return { is: 'wait', until: lock.notBefore };
  const wrong = lock.wrong + 1;
  const until = wrong < freeTries ? 0 : now() + firstWaitMs * 2 ** (wrong - freeTries);
  await vault.changeLock({ wrong, notBefore: until });
  if (await vault.openWith(await fromPin(pin, lock.salt))) {
    await vault.changeLock({ wrong: 0, notBefore: 0 });
    return { is: 'open' };
  }
  if (wrong >= mostTries) return { is: 'over' };
  return until > 0 ? { is: 'wait', until } : { is: 'wrong', left: freeTries - wrong };
}

export async function setPasskey(
  vault: Vault,
  lock: Pick<Lock, 'personId' | 'salt' | 'credential'>,
  secret: BufferSource,
): Promise<void> {
  await vault.setLock({ kind: 'passkey', ...lock }, await fromSecret(secret, lock.salt));
}

export async function openWithPasskey(vault: Vault, secret: BufferSource): Promise<boolean> {
  const lock = await vault.lock();
  return lock !== null && vault.openWith(await fromSecret(secret, lock.salt));
}

async function fromPin(pin: string, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const words = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, [
    'deriveBits',
  ]);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds };
  return secretKey(await crypto.subtle.deriveBits(how, words, 256));
}

/** What the passkey's PRF gave, made into a key of our own (HKDF-SHA-256). */
async function fromSecret(secret: BufferSource, salt: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const given = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const info = new TextEncoder().encode('routebook lock 1');
  return secretKey(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, given, 256));
}
