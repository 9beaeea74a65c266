import type { Prover } from '@/api';
import type { Outbox } from '@/storage/outbox';
import { base64 } from '@/storage/seal';
import type { Vault } from '@/storage/vault';

/** The raw point of this phone's public key, in base64. */
export async function publicKeyOf(vault: Pick<Vault, 'device'>): Promise<string> {
  const { publicKey } = await vault.device();
  return base64(await crypto.subtle.exportKey('raw', publicKey));
}

/**
 * Signs each request with the phone's own key, which cannot leave it (docs/wire.md): a stolen cookie is worth nothing,
 * and a captured request is good for once.
 */
export function createProver(
  { vault, outbox }: { vault: Pick<Vault, 'device'>; outbox: Outbox },
  now: () => number,
): Prover {
  return async (method, target, body) => {
    const { signs, clockOffset } = await outbox.meta();
    if (!signs) return null;
    const ms = Math.round(now() + (clockOffset ?? 0));
    const nonce = crypto.randomUUID();
    const words = [method, target, await digest(body), ms, nonce].join('\n');
    const { privateKey } = await vault.device();
    const how = { name: 'ECDSA', hash: 'SHA-256' };
    const signature = await crypto.subtle.sign(how, privateKey, new TextEncoder().encode(words));
    return `v1 ${ms} ${nonce} ${base64(signature)}`;
  };
}

async function digest(body: BodyInit | undefined): Promise<string> {
  const bytes =
    body instanceof ArrayBuffer ? body : new TextEncoder().encode(typeof body === 'string' ? body : '');
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
