import { request } from '@/api';
import { makePasskey } from '@/features/signin/passkey';
import { readAsked } from '@/features/signin/passkey-wire';
import { withStepUp } from '@/features/stepup/stepUp';
import { openWithPasskey, setPasskey } from '@/storage/locking';
import type { Vault } from '@/storage/vault';
import { labelOf } from '@/sync';

interface Given {
  credential: string;
  secret: ArrayBuffer;
}

/** One touch. gone: it answered, and not with what this phone was locked with. */
export async function openByPasskey(vault: Vault): Promise<'open' | 'failed' | 'gone'> {
  const lock = await vault.lock();
  if (!lock) return 'gone';
  const given = await secretOf(lock.credential, lock.salt);
  if (!given) return 'failed';
  return (await openWithPasskey(vault, given.secret)) ? 'open' : 'gone';
}

/**
 * Makes a passkey on this phone, or takes the one that is there, and locks the phone with what it derives. False when the
 * person says no, or the authenticator derives nothing: then a PIN is left.
 */
export async function enrol(vault: Vault, personId: number): Promise<boolean> {
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const given = await secretOf(await register(), salt);
  if (!given) return false;
  await setPasskey(vault, { personId, salt, credential: given.credential }, given.secret);
  return true;
}

/** The new passkey's id; null: take one that is there already. */
async function register(): Promise<string | null> {
  const answer = await withStepUp(() => request('POST', '/passkeys/options', { body: {} }));
  const asked = answer.ok ? readAsked(answer.data) : null;
  const made = asked && (await makePasskey(asked.options));
  if (!asked || !made?.prf) return null;
  const body = {
    ceremony: asked.ceremony,
    credential: made.credential,
    prf: true,
    label: labelOf(navigator.userAgent),
  };
  const kept = await request('POST', '/passkeys', { body });
  const { id } = made.credential;
  return kept.ok && typeof id === 'string' ? id : null;
}

/** What the authenticator derives from the salt, always the same; no network is asked, and nothing of it is sent. */
async function secretOf(credential: string | null, salt: Uint8Array<ArrayBuffer>): Promise<Given | null> {
  const found = await navigator.credentials.get({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      allowCredentials: credential === null ? [] : [{ type: 'public-key', id: bytesOf(credential) }],
      userVerification: 'required',
      extensions: { prf: { eval: { first: salt } } },
    },
  });
  if (!(found instanceof PublicKeyCredential)) return null;
  const first = found.getClientExtensionResults().prf?.results?.first;
  if (!first) return null;
  const bytes = first instanceof ArrayBuffer ? new Uint8Array(first) : new Uint8Array(first.buffer);
  return { credential: found.id, secret: bytes.slice().buffer };
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const words = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(words, (letter) => letter.charCodeAt(0));
}
