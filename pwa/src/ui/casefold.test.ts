import { describe, expect, it } from 'vitest';
import { casefold, matches } from './casefold';

describe('folding case', () => {
  it.each([
    ['İSTANBUL Market', 'istanbul market'],
    ['ısparta', 'isparta'],
    ['Straße', 'STRASSE'],
    ['Café', 'cafe'],
    ['ＯＫ便利店', 'ok便利店'],
    ['٠١٢٣٤٥٦٧٨٩', '0123456789'],
    ['１２', '12'],
  ])('H5: %s is the same as %s', (one, other) => {
    expect(casefold(one)).toBe(casefold(other));
  });

  it('finds every word of a query, in any order', () => {
    expect(matches('OK便利店 (Central)', 'central ok')).toBe(true);
    expect(matches('OK便利店', '7-11')).toBe(false);
    expect(matches('anything', '  ')).toBe(true);
  });
});
