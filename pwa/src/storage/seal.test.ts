// @vitest-environment node
import fc from 'fast-check';
import { inflateRawSync } from 'node:zlib';
import { afterEach, expect, test, vi } from 'vitest';
import { base64, pack, sha256, unpack } from './seal';

afterEach(() => vi.unstubAllGlobals());

test('any body is packed as raw deflate of UTF-8 JSON, and comes back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (body) => {
      const packed = await pack(body);
      expect(JSON.parse(inflateRawSync(Buffer.from(packed)).toString())).toEqual(
        JSON.parse(JSON.stringify(body)),
      );
      expect(await unpack(packed)).toEqual(JSON.parse(JSON.stringify(body)));
    }),
    { numRuns: 50 },
  );
});

test('a browser without CompressionStream writes what every inflater reads', async () => {
  vi.stubGlobal('CompressionStream', undefined);
  vi.stubGlobal('DecompressionStream', undefined);
  Reflect.deleteProperty(globalThis, 'CompressionStream');
  Reflect.deleteProperty(globalThis, 'DecompressionStream');
  const body = { note: '水'.repeat(70_000) };
  const packed = await pack(body);
  expect(JSON.parse(inflateRawSync(Buffer.from(packed)).toString())).toEqual(body);
  expect(await unpack(packed)).toEqual(body);
});

test('base64 and SHA-256 are those of everybody else', async () => {
  const bytes = new TextEncoder().encode('abc').buffer;
  expect(base64(bytes)).toBe('YWJj');
  const digest = await sha256(bytes);
  expect(digest.hex).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(digest.base64).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=');
});
