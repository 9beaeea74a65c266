/**
 * What a person typed as a number: full-width digits, digits grouped by commas or spaces, at most `decimals` places.
 * `undefined` for text that is no such number, `null` for no text.
 */
export function parseNumber(text: string, decimals: number): number | null | undefined {
  const plain = text.normalize('NFKC').replaceAll('。', '.').replace(/[,\s]/g, '').replace('−', '-');
  if (plain === '') return null;
  const shape = decimals > 0 ? new RegExp(`^-?\\d{1,12}(\\.\\d{0,${decimals}})?$`) : /^-?\d{1,12}$/;
  return shape.test(plain) ? Number(plain) + 0 : undefined;
}
