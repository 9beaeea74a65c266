import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import table from '../../../tests/contracts/distance.json';
import { examples } from './contract.testing';
import type { Fault } from './contract.testing';
import { distanceM } from './distance';
import type { Position } from './distance';

type Pair = [number, number];

const contract = examples<{
  toleranceM: number;
  cases: { name: string; a: Pair; b: Pair; expect: number }[];
  errors: { name: string; a: Pair; b: Pair; error: Fault }[];
}>(table);

const at = ([latitude, longitude]: Pair): Position => ({ latitude, longitude });

test.each(contract.cases)('$name', ({ a, b, expect: expected }) => {
  expect(Math.abs(distanceM(at(a), at(b)) - expected)).toBeLessThanOrEqual(contract.toleranceM);
});

test.each(contract.errors)('refused: $name', ({ a, b, error }) => {
  expect(() => distanceM(at(a), at(b))).toThrow(expect.objectContaining(error));
});

it('goes both ways and never beyond half the globe', () => {
  const position = fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  });
  fc.assert(
    fc.property(position, position, (a, b) => {
      const there = distanceM(a, b);
      expect(there).toBeGreaterThanOrEqual(0);
      expect(there).toBeLessThanOrEqual(20_015_115);
      expect(distanceM(b, a)).toBeCloseTo(there, 6);
    }),
  );
});
