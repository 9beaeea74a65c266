/**
 * Names as people type them: found whatever the case, the width or the keyboard, and compared by how they
 * look. No locale takes part. The same steps as server/domain/names.py; both read tests/contracts/names.json.
 */

// Decimal digits that NFKC leaves alone: Arabic-Indic, Persian, Devanagari, Bengali, Thai.
const ZEROS = [0x660, 0x6f0, 0x966, 0x9e6, 0xe50];
const DIGITS = /[٠-٩۰-۹०-९০-৯๐-๙]/g;

// Letters whose small or capital form is drawn like a Latin one: Cyrillic, then Greek.
const LOOKS = 'авекмнорстухіјѕԁԛԝһӏ' + 'αβεζηικμνορτυχ';
const LATIN = 'abekmhopctyxijsdqwhl' + 'abezhikmnoptyx';
const LOOK_ALIKES = new Map([...LOOKS].map((letter, index) => [letter, LATIN[index] ?? letter]));

/** The text without regard to case, width or spacing. For search; `skeleton` goes further. */
export function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase() // first up, so that ß meets SS and ı meets I
    .toLowerCase()
    .replaceAll('i\u0307', 'i')
    .replaceAll('ς', 'σ')
    .replace(DIGITS, latinDigit)
    .normalize('NFC')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

/** How a name looks: folded, no accents, look-alikes of Cyrillic and Greek as Latin, letters and digits only.
 * */
export function skeleton(text: string): string {
  const bare = fold(text)
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC');
  return [...bare.replace(/[^\p{L}\p{N}\p{M}]/gu, '')]
    .map((letter) => LOOK_ALIKES.get(letter) ?? letter)
    .join('');
}

/**
 * How alike two shop names are, 0 to 1: the Dice coefficient of their skeletons' letter pairs. `chain`: a
 * beginning that is left out of both, if both have it and both have something left.
 */
export function similarity(a: string, b: string, chain = ''): number {
  return likeness(...withoutChain(skeleton(a), skeleton(b), skeleton(chain)));
}

/** `similarity` of two skeletons. */
export function likeness(a: string, b: string): number {
  if (a === b) return a === '' ? 0 : 1;
  const [pairsA, pairsB] = [pairs(a), pairs(b)];
  const total = pairsA.length + pairsB.length;
  if (total === 0) return 0;
  const left = new Map<string, number>();
  for (const pair of pairsA) left.set(pair, (left.get(pair) ?? 0) + 1);
  let common = 0;
  for (const pair of pairsB) {
    const rest = left.get(pair) ?? 0;
    if (rest > 0) {
      common += 1;
      left.set(pair, rest - 1);
    }
  }
  return (2 * common) / total;
}

/** Two skeletons without that of their chain, if both begin with it and both have something left. */
export function withoutChain(a: string, b: string, chain: string): [string, string] {
  const both = chain !== '' && a.startsWith(chain) && b.startsWith(chain);
  return both && chain.length < Math.min(a.length, b.length)
    ? [a.slice(chain.length), b.slice(chain.length)]
    : [a, b];
}

function pairs(text: string): string[] {
  const letters = [...text];
  return letters.slice(1).map((letter, index) => `${letters[index] ?? ''}${letter}`);
}

function latinDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  const zero = ZEROS.find((start) => code >= start && code < start + 10);
  return zero === undefined ? digit : String(code - zero);
}
