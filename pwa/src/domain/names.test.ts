import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import table from '../../../tests/contracts/names.json';
import { examples } from './contract.testing';
import { fold, similarity, skeleton } from './names';

const contract = examples<{
  fold: [string, string][];
  skeleton: [string, string][];
  similarity: { name: string; a: string; b: string; chain: string; expect: [number, number] }[];
}>(table);

describe('H5 folding without a locale', () => {
  test.each(contract.fold)('%j is searched as %j', (typed, expected) => {
    expect(fold(typed)).toBe(expected);
  });
});

describe('H4 how a name looks', () => {
  test.each(contract.skeleton)('%j looks like %j', (typed, expected) => {
    expect(skeleton(typed)).toBe(expected);
  });
});

describe('similarity', () => {
  test.each(contract.similarity)('$name', ({ a, b, chain, expect: [common, total] }) => {
    expect(similarity(a, b, chain)).toBe(common / total);
    expect(similarity(b, a, chain)).toBe(common / total);
  });

  it('is a share and goes both ways', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(similarity(a, b)).toBeGreaterThanOrEqual(0);
        expect(similarity(a, b)).toBeLessThanOrEqual(1);
        expect(similarity(a, b)).toBe(similarity(b, a));
      }),
    );
  });
});
