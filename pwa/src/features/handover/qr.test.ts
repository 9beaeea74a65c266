import { describe, expect, it } from 'vitest';
import { errorCorrection, formatBits, isFlipped, multiply, qrModules, qrPath } from './qr';

/** Reads a code back, written apart from the encoder: unmask, walk, take the blocks apart, check and open them. */
function read(modules: boolean[][], blocks: [ecc: number, sizes: number[]]): string {
  const size = modules.length;
  const version = (size - 17) / 4;
  let format = 0;
  for (let at = 0; at < 8; at += 1) format |= Number(modules[8]?.[size - 1 - at]) << at;
  for (let at = 8; at < 15; at += 1) format |= Number(modules[size - 15 + at]?.[8]) << at;
  const mask = Array.from({ length: 8 }, (_, one) => one).find((one) => formatBits(one) === format);
  if (mask === undefined) throw new Error('no format');
  const centres: Record<number, number[]> = { 1: [], 4: [6, 26], 5: [6, 30], 7: [6, 22, 38], 8: [6, 24, 42] };
  const isFixed = (x: number, y: number): boolean => {
    if (x === 6 || y === 6) return true;
    if ((x < 9 && y < 9) || (x > size - 9 && y < 9) || (x < 9 && y > size - 9)) return true;
    if (version >= 7 && ((x > size - 12 && y < 6) || (y > size - 12 && x < 6))) return true;
    const near = centres[version] ?? [];
    return near.some((cx) =>
      near.some((cy) => {
        const isCorner = (cx < 9 && cy < 9) || (cx > size - 9 && cy < 9) || (cx < 9 && cy > size - 9);
        return !isCorner && Math.abs(x - cx) <= 2 && Math.abs(y - cy) <= 2;
      }),
    );
  };
  const bits: number[] = [];
  let isUp = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right -= 1;
    for (let step = 0; step < size; step += 1) {
      const y = isUp ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (!isFixed(x, y)) bits.push(Number(modules[y]?.[x] !== isFlipped(mask, x, y)));
      }
    }
    isUp = !isUp;
  }
  const words = Array.from({ length: Math.floor(bits.length / 8) }, (_, at) =>
    parseInt(bits.slice(at * 8, at * 8 + 8).join(''), 2),
  );
  const [ecc, sizes] = blocks;
  const data: number[][] = sizes.map(() => []);
  for (let column = 0; column < Math.max(...sizes); column += 1) {
    sizes.forEach((many, block) => column < many && data[block]?.push(words.shift() ?? -1));
  }
  const checks: number[][] = sizes.map(() => []);
  for (let column = 0; column < ecc; column += 1) checks.forEach((one) => one.push(words.shift() ?? -1));
  data.forEach((block, at) => {
    // A word of the code has every power of 2 below the degree as a root.
    const whole = [...block, ...(checks[at] ?? [])];
    for (let power = 0, root = 1; power < ecc; power += 1, root = multiply(root, 2)) {
      expect(whole.reduce((sum, word) => multiply(sum, root) ^ word, 0)).toBe(0);
    }
  });
  const stream = data
    .flat()
    .map((word) => word.toString(2).padStart(8, '0'))
    .join('');
  expect(stream.slice(0, 4)).toBe('0100');
  const length = parseInt(stream.slice(4, 12), 2);
  const bytes = Array.from({ length }, (_, at) => parseInt(stream.slice(12 + at * 8, 20 + at * 8), 2));
  return new TextDecoder().decode(new Uint8Array(bytes));
}

describe('a QR code', () => {
  it('has the check words of the standard’s example', () => {
    const helloWorld = [32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17];
    expect(errorCorrection(helloWorld, 10)).toEqual([196, 35, 39, 119, 235, 215, 231, 226, 93, 23]);
  });

  it('has the format bits that the standard prints for level M', () => {
    expect(formatBits(0).toString(2).padStart(15, '0')).toBe('101010000010010');
    expect(formatBits(5).toString(2).padStart(15, '0')).toBe('100000011001110');
  });

  const cases: [bytes: number, size: number, blocks: [number, number[]]][] = [
    [14, 21, [10, [16]]],
    [55, 33, [18, [32, 32]]],
    [84, 37, [24, [43, 43]]],
    [120, 45, [18, [31, 31, 31, 31]]],
    [152, 49, [22, [38, 38, 39, 39]]],
  ];
  it.each(cases)('of %i bytes says what was put in', (bytes, size, blocks) => {
    const link = `https://book.example.com/h/${'Zk3-_a'.repeat(40)}`.slice(-bytes);
    const modules = qrModules(link);
    expect(modules).toHaveLength(size);
    expect(read(modules, blocks)).toBe(link);
  });

  it('is refused for what is longer than it holds', () => {
    expect(() => qrModules('x'.repeat(213))).not.toThrow();
    expect(() => qrModules('x'.repeat(214))).toThrow(RangeError);
  });

  it('is drawn with its quiet zone', () => {
    const { path, size } = qrPath(qrModules('a'));
    expect(size).toBe(29);
    expect(path.startsWith('M4 4h1v1h-1z')).toBe(true);
  });
});
