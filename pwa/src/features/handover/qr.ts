/**
 * A QR code (ISO/IEC 18004) of bytes, error correction M, versions 1 to 10: up to 213 bytes, more than any address of
 * ours. Gives the modules by row, true for dark, without the quiet zone. Throws a RangeError for longer texts.
 */
export function qrModules(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text);
  const version = blocksOfM.findIndex((_, at) => at > 0 && capacity(at) >= bytes.length);
  if (version < 1) throw new RangeError('too long for a QR code');
  const codewords = interleaved(dataCodewords(bytes, version), version);
  const size = 17 + 4 * version;
  const { modules, fixed } = skeleton(size, version);
  place(modules, fixed, codewords);
  let best: boolean[][] | undefined;
  let least = Infinity;
  for (let mask = 0; mask < 8; mask += 1) {
    const masked = modules.map((row, y) =>
      row.map((dark, x) => (fixed[y]?.[x] ? dark : dark !== isFlipped(mask, x, y))),
    );
    drawFormat(masked, mask);
    const cost = penalty(masked);
    if (cost < least) [best, least] = [masked, cost];
  }
  return best ?? modules;
}

/** The dark modules as one SVG path, a unit square each, with the quiet zone of four around them. */
export function qrPath(modules: readonly (readonly boolean[])[]): { path: string; size: number } {
  const path = modules
    .map((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : '')).join(''))
    .join('');
  return { path, size: modules.length + 8 };
}

/** By version: error correction words a block, and [blocks, data words in each] of both groups. */
const blocksOfM: readonly (readonly [ecc: number, ...groups: (readonly [number, number])[]])[] = [
  [0],
  [10, [1, 16]],
  [16, [1, 28]],
  [26, [1, 44]],
  [18, [2, 32]],
  [24, [2, 43]],
  [16, [4, 27]],
  [18, [4, 31]],
  [22, [2, 38], [2, 39]],
  [22, [3, 36], [2, 37]],
  [26, [4, 43], [1, 44]],
];

function dataWords(version: number): number {
  const [, ...groups] = blocksOfM[version] ?? [0];
  return groups.reduce((sum, [blocks, words]) => sum + blocks * words, 0);
}

/** Bytes that fit: 4 bits say "bytes", 8 or 16 how many. */
function capacity(version: number): number {
  return dataWords(version) - (version < 10 ? 2 : 3);
}

function dataCodewords(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = [];
  const push = (value: number, length: number): void => {
    for (let at = length - 1; at >= 0; at -= 1) bits.push((value >> at) & 1);
  };
  push(0b0100, 4);
  push(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) push(byte, 8);
  const room = dataWords(version) * 8;
  push(0, Math.min(4, room - bits.length));
  while (bits.length % 8 > 0) bits.push(0);
  const words = Array.from({ length: bits.length / 8 }, (_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((value, bit) => value * 2 + bit, 0),
  );
  for (let pad = 0; words.length < room / 8; pad += 1) words.push(pad % 2 === 0 ? 0xec : 0x11);
  return words;
}

function interleaved(data: readonly number[], version: number): number[] {
  const [ecc, ...groups] = blocksOfM[version] ?? [0];
  const blocks: number[][] = [];
  let at = 0;
  for (const [many, words] of groups) {
    for (let block = 0; block < many; block += 1, at += words) blocks.push(data.slice(at, at + words));
  }
  const checks = blocks.map((block) => errorCorrection(block, ecc));
  const across = (rows: readonly number[][]): number[] =>
    Array.from({ length: Math.max(...rows.map((row) => row.length)) }, (_, column) =>
      rows.flatMap((row) => row[column] ?? []),
    ).flat();
  return [...across(blocks), ...across(checks)];
}

/** Multiplication in GF(256) with the polynomial 0x11d. */
export function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> bit) & 1) * a;
  }
  return product;
}

/** Reed-Solomon: the remainder of the data by the generator of that degree. */
export function errorCorrection(data: readonly number[], degree: number): number[] {
  let generator = [1];
  let root = 1;
  for (let power = 0; power < degree; power += 1) {
    const shifted = [...generator, 0];
    const scaled = [0, ...generator.map((one) => multiply(one, root))];
    generator = shifted.map((one, at) => one ^ (scaled[at] ?? 0));
    root = multiply(root, 2);
  }
  const rest = new Array<number>(degree).fill(0);
  for (const word of data) {
    const factor = word ^ (rest.shift() ?? 0);
    rest.push(0);
    for (let at = 0; at < degree; at += 1) {
      rest[at] = (rest[at] ?? 0) ^ multiply(generator[at + 1] ?? 0, factor);
    }
  }
  return rest;
}

const alignment: readonly (readonly number[])[] = [
  [], [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50],
]; // prettier-ignore

function skeleton(size: number, version: number): { modules: boolean[][]; fixed: boolean[][] } {
  const modules = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  const fixed = Array.from({ length: size }, () => new Array<boolean>(size).fill(false));
  const set = (x: number, y: number, dark: boolean): void => {
    const row = modules[y];
    const kept = fixed[y];
    if (!row || !kept || x < 0 || x >= size) return;
    row[x] = dark;
    kept[x] = true;
  };
  for (let at = 0; at < size; at += 1) {
    set(6, at, at % 2 === 0);
    set(at, 6, at % 2 === 0);
  }
  for (const [cx, cy] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const) {
    for (let dy = -4; dy <= 4; dy += 1) {
      for (let dx = -4; dx <= 4; dx += 1) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        set(cx + dx, cy + dy, ring !== 2 && ring !== 4);
      }
    }
  }
  const centres = alignment[version] ?? [];
  const last = size - 7;
  for (const cx of centres) {
    for (const cy of centres) {
      if ((cx === 6 && cy === 6) || (cx === 6 && cy === last) || (cx === last && cy === 6)) continue;
      for (let dy = -2; dy <= 2; dy += 1) {
        for (let dx = -2; dx <= 2; dx += 1) set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
      }
    }
  }
  for (const [x, y] of formatPlaces(size).flat()) set(x, y, false);
  set(8, size - 8, true);
  if (version >= 7) {
    const bits = (version << 12) | bch(version, 0x1f25, 12);
    for (let at = 0; at < 18; at += 1) {
      const dark = ((bits >> at) & 1) === 1;
      const [a, b] = [size - 11 + (at % 3), Math.floor(at / 3)];
      set(a, b, dark);
      set(b, a, dark);
    }
  }
  return { modules, fixed };
}

/** Where the 15 bits of the format stand, lowest first, twice. */
function formatPlaces(size: number): (readonly [x: number, y: number])[][] {
  const first: (readonly [number, number])[] = [];
  for (let at = 0; at <= 5; at += 1) first.push([8, at]);
  first.push([8, 7], [8, 8], [7, 8]);
  for (let at = 9; at < 15; at += 1) first.push([14 - at, 8]);
  const second: (readonly [number, number])[] = [];
  for (let at = 0; at < 8; at += 1) second.push([size - 1 - at, 8]);
  for (let at = 8; at < 15; at += 1) second.push([8, size - 15 + at]);
  return [first, second];
}

/** The check bits of a number: its remainder by a generator of that degree. */
function bch(value: number, generator: number, degree: number): number {
  let rest = value;
  for (let at = 0; at < degree; at += 1) rest = (rest << 1) ^ ((rest >> (degree - 1)) * generator);
  return rest;
}

/** The format's 15 bits for level M (00) and a mask. */
export function formatBits(mask: number): number {
  return ((mask << 10) | bch(mask, 0x537, 10)) ^ 0x5412;
}

function drawFormat(modules: boolean[][], mask: number): void {
  const bits = formatBits(mask);
  for (const places of formatPlaces(modules.length)) {
    places.forEach(([x, y], at) => {
      const row = modules[y];
      if (row) row[x] = ((bits >> at) & 1) === 1;
    });
  }
}

/** Up and down in pairs of columns from the right, past the vertical timing line. */
function place(modules: boolean[][], fixed: readonly boolean[][], words: readonly number[]): void {
  const size = modules.length;
  let at = 0;
  let isUp = true;
  for (let right = size - 1; right > 0; right -= 2, isUp = !isUp) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const y = isUp ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        const row = modules[y];
        if (!row || fixed[y]?.[x]) continue;
        row[x] = (((words[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) === 1;
        at += 1;
      }
    }
  }
}

export function isFlipped(mask: number, x: number, y: number): boolean {
  const rules = [
    () => (x + y) % 2,
    () => y % 2,
    () => x % 3,
    () => (x + y) % 3,
    () => (Math.floor(y / 2) + Math.floor(x / 3)) % 2,
    () => ((x * y) % 2) + ((x * y) % 3),
    () => (((x * y) % 2) + ((x * y) % 3)) % 2,
    () => (((x + y) % 2) + ((x * y) % 3)) % 2,
  ];
  return rules[mask]?.() === 0;
}

/** How hard it is to read: long runs, blocks, what looks like a finder, and too much of one shade. */
function penalty(modules: readonly boolean[][]): number {
  const size = modules.length;
  const columns = modules.map((_, x) => modules.map((row) => row[x] ?? false));
  let cost = 0;
  let dark = 0;
  for (const line of [...modules, ...columns]) {
    const text = line.map(Number).join('');
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) cost += run.length - 2;
    cost += 40 * (text.match(/(?=10111010000|00001011101)/g)?.length ?? 0);
  }
  modules.forEach((row, y) => {
    row.forEach((one, x) => {
      dark += Number(one);
      const isBlock = one === row[x + 1] && one === modules[y + 1]?.[x] && one === modules[y + 1]?.[x + 1];
      if (isBlock) cost += 3;
    });
  });
  return cost + 10 * Math.floor(Math.abs((dark * 100) / (size * size) - 50) / 5);
}
