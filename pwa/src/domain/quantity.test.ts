import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import table from '../../../tests/contracts/quantities.json';
import { examples } from './contract.testing';
import type { Fault } from './contract.testing';
import { pieces, split } from './quantity';

interface Example<Input, Expect> {
  input: Input;
  expect?: Expect;
  error?: Fault;
}

const contract = examples<{
  pieces: Example<[number, number, number], number>[];
  split: Example<[number, number], [number, number]>[];
}>(table);

test.each(contract.pieces)('cases and units $input become pieces', ({ input, expect: expected, error }) => {
  if (error) expect(() => pieces(...input)).toThrow(expect.objectContaining(error));
  else expect(pieces(...input)).toBe(expected);
});

test.each(contract.split)(
  'pieces $input are said as cases and units',
  ({ input, expect: expected, error }) => {
    if (error) expect(() => split(...input)).toThrow(expect.objectContaining(error));
    else expect(Object.values(split(...input))).toEqual(expected);
  },
);

it('splits and joins to the same', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.integer({ min: 1, max: 1000 }), (quantity, pack) => {
      const { cases, units } = split(quantity, pack);
      expect(units).toBeLessThan(pack);
      expect(pieces(cases, units, pack)).toBe(quantity);
    }),
  );
});

it('never lets a minus zero through', () => {
  expect(Object.is(pieces(-0, -0, 1), 0)).toBe(true);
});
