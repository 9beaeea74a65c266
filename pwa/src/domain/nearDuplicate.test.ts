import { describe, expect, it, test } from 'vitest';
import table from '../../../tests/contracts/names.json';
import { examples } from './contract.testing';
import { nearDuplicate, nearDuplicates } from './nearDuplicate';
import type { Duplicate } from './nearDuplicate';

const contract = examples<{
  nearDuplicates: {
    name: string;
    a: string;
    b: string;
    distance: number | null;
    chain: string;
    expect: Duplicate | null;
  }[];
}>(table);

describe('H4 two outlets that may be one', () => {
  test.each(contract.nearDuplicates)('$name', ({ a, b, distance, chain, expect: expected }) => {
    expect(nearDuplicate(a, b, distance, chain)).toBe(expected);
    expect(nearDuplicate(b, a, distance, chain)).toBe(expected);
  });
});

describe('the known outlets around a proposed one', () => {
  const here = { latitude: 22.277, longitude: 114.17 };
  const known = [
    { id: 1, name: '永發士多', latitude: 22.2781, longitude: 114.17 }, // 122 m
    { id: 2, name: '永發 士多', latitude: 22.2771, longitude: 114.17 }, // 11 m
    { id: 3, name: '永發士多店', latitude: 22.277, longitude: 114.1703 }, // 31 m
    { id: 4, name: '永發士多', latitude: 22.279, longitude: 114.17 }, // 222 m
    { id: 5, name: '永發士多', latitude: NaN, longitude: 114.17 },
    { id: 6, name: '明記辦館', latitude: 22.277, longitude: 114.17 },
  ];

  it('come nearest first, and only those that may be it', () => {
    const found = nearDuplicates('永發士多', here, known);
    expect(found.map(({ outlet, kind }) => [outlet.id, kind])).toEqual([
      [2, 'same_name'],
      [3, 'similar_name'],
      [1, 'same_name'],
    ]);
  });

  it('are none where the proposed one has no true position', () => {
    expect(nearDuplicates('永發士多', { latitude: NaN, longitude: 0 }, known)).toEqual([]);
  });
});
