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
