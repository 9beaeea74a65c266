/** A value under a key: AES-256-GCM over its JSON, tied to the place where it lies. */
export interface SealedRow {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

const text = new TextEncoder();

/** `place` says where the row belongs (lease, store, id, version): elsewhere, or under another key, it does not open. */
export async function sealRow(key: CryptoKey, place: string, value: unknown): Promise<SealedRow> {
  return sealBytes(key, place, text.encode(JSON.stringify(value)));
}

/** Throws for a row that was changed, swapped or is another's. */
export async function openRow(key: CryptoKey, place: string, row: SealedRow): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await openBytes(key, place, row))) as unknown;
}

export async function sealBytes(
  key: CryptoKey,
  place: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<SealedRow> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt(gcm(iv, place), key, bytes) };
}

export function openBytes(key: CryptoKey, place: string, { iv, data }: SealedRow): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt(gcm(iv, place), key, data);
}

function gcm(iv: Uint8Array<ArrayBuffer>, place: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: text.encode(place) };
}

/** A key that can be used and kept but never read out. */
export function secretKey(bytes: BufferSource): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}
