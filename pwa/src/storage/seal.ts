/**
 * How a body becomes the opaque bytes of an outbox entry. Today it is packed (UTF-8 JSON, raw deflate); whoever seals
 * bodies to the server's key does it here, and nothing else in storage or sync looks inside.
 */
export async function seal(_kind: string, body: unknown): Promise<ArrayBuffer> {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  if (!('CompressionStream' in globalThis)) return stored(bytes);
  return through(bytes, new CompressionStream('deflate-raw'));
}

/** The body of one of our own entries, for our own screens. Throws when it cannot be read. */
export async function unseal(body: ArrayBuffer): Promise<unknown> {
  const bytes =
    'DecompressionStream' in globalThis
      ? await through(new Uint8Array(body), new DecompressionStream('deflate-raw'))
      : unstored(new Uint8Array(body));
  return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
}

function through(bytes: Uint8Array<ArrayBuffer>, pair: GenericTransformStream): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(pair)).arrayBuffer();
}

const blockSize = 0xffff;

/** Raw deflate without compressing (RFC 1951, 3.2.4), for browsers without CompressionStream (Safari 16.0–16.3). */
export function stored(bytes: Uint8Array): ArrayBuffer {
  const blocks = Math.max(1, Math.ceil(bytes.length / blockSize));
  const result = new Uint8Array(bytes.length + 5 * blocks);
  const view = new DataView(result.buffer);
  for (let block = 0, at = 0; block < blocks; block += 1) {
    const part = bytes.subarray(block * blockSize, (block + 1) * blockSize);
    view.setUint8(at, block === blocks - 1 ? 1 : 0);
    view.setUint16(at + 1, part.length, true);
    view.setUint16(at + 3, ~part.length & 0xffff, true);
    result.set(part, at + 5);
    at += 5 + part.length;
  }
  return result.buffer;
}

/** Reads what `stored` wrote. */
export function unstored(packed: Uint8Array): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (let at = 0, last = false; !last;) {
    last = packed[at] === 1;
    const length = (packed[at + 1] ?? 0) | ((packed[at + 2] ?? 0) << 8);
    parts.push(packed.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** Base64 of bytes, in pieces that no call stack minds. */
export function base64(bytes: ArrayBuffer): string {
  const view = new Uint8Array(bytes);
  let binary = '';
  for (let at = 0; at < view.length; at += 0x8000) {
    binary += String.fromCharCode(...view.subarray(at, at + 0x8000));
  }
  return btoa(binary);
}

/** SHA-256 in hexadecimal and in base64. */
export async function sha256(bytes: ArrayBuffer): Promise<{ hex: string; base64: string }> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { hex, base64: base64(digest) };
}
