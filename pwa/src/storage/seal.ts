/** A body as it goes over the wire before it is sealed: UTF-8 JSON, raw deflate. */
export async function pack(body: unknown): Promise<ArrayBuffer> {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  if (!('CompressionStream' in globalThis)) return (await import('./stored-deflate')).stored(bytes);
  return through(bytes, new CompressionStream('deflate-raw'));
}

/** A packed body in the clear. Throws when it cannot be read. */
export async function unpack(body: ArrayBuffer): Promise<unknown> {
  const bytes =
    'DecompressionStream' in globalThis
      ? await through(new Uint8Array(body), new DecompressionStream('deflate-raw'))
      : (await import('./stored-deflate')).unstored(new Uint8Array(body));
  return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
}

/** Written straight into the stream: a Blob would ask the browser's main process, which takes longer than the packing. */
function through(bytes: Uint8Array<ArrayBuffer>, pair: GenericTransformStream): Promise<ArrayBuffer> {
  const writer = (pair.writable as WritableStream<Uint8Array<ArrayBuffer>>).getWriter();
  // What goes wrong is told by the other end.
  writer.write(bytes).catch(() => undefined);
  writer.close().catch(() => undefined);
  return new Response(pair.readable as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer();
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
