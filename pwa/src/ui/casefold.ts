const combiningMarks = /\p{Mn}/gu;
const decimalDigit = /\p{Nd}/gu;

/**
 * The same letters whoever wrote them and whatever the phone's language: width, case, accents, ß, the Turkish
 * dotted and dotless i and the digits of other scripts are evened out. For comparing, never for showing.
 */
export function casefold(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ı', 'i')
    .replace(combiningMarks, '')
    .replace(decimalDigit, asciiDigit)
    .normalize('NFC')
    .trim();
}

/** True when every word of the query is found in the text. An empty query finds all. */
export function matches(text: string, query: string): boolean {
  const folded = casefold(text);
  return casefold(query)
    .split(/\s+/)
    .every((word) => folded.includes(word));
}

/** Unicode keeps each script's ten digits together, zero first: count back to the zero. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return String(isAsciiDigit(code) ? code - 48 : value);
}

function isAsciiDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
