import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import table from '../../../tests/contracts/orders.json';
import { examples } from './contract.testing';
import type { Fault } from './contract.testing';
import { CHANGE_REASONS, MAX_LINES, lineTotal, orderProblems, orderTotal } from './orders';
import type { Declined, OrderLine } from './orders';

const contract = examples<{
  line: OrderLine;
  gone: Declined;
  problems: {
    name: string;
    lines: Partial<OrderLine>[];
    declined: Partial<Declined>[];
    expect: [string, string][];
  }[];
  totals: { name: string; lines: [number, number][]; expect?: number; error?: Fault }[];
}>(table);

describe('H2 what keeps an order from being right', () => {
  test.each(contract.problems)('$name', ({ lines, declined, expect: expected }) => {
    const found = orderProblems(
      lines.map((line) => ({ ...contract.line, ...line })),
      declined.map((gone) => ({ ...contract.gone, ...gone })),
    );
    expect(found.map(({ field, rule }) => [field, rule])).toEqual(expected);
  });

  it('says only that there are too many lines when there are', () => {
    const lines = Array.from({ length: MAX_LINES + 1 }, (_, skuId) => ({
      ...contract.line,
      skuId,
      quantity: -1,
    }));
    expect(orderProblems(lines)).toEqual([{ field: 'lines', rule: 'at_most', params: { most: MAX_LINES } }]);
  });

  it('accepts what was suggested', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 500 }), (packs, pack) => {
        const quantity = packs * pack;
        expect(orderProblems([{ ...contract.line, quantity, suggested: quantity, pack }])).toEqual([]);
      }),
    );
  });

  it('accepts any change with a reason of the list', () => {
    for (const reason of CHANGE_REASONS) {
      expect(orderProblems([{ ...contract.line, quantity: 48, reason }])).toEqual([]);
    }
  });
});

describe('a total in minor units', () => {
  test.each(contract.totals)('$name', ({ lines, expect: expected, error }) => {
    const priced = lines.map(([quantity, pieceMinor]) => ({ quantity, pieceMinor }));
    if (error) expect(() => orderTotal(priced)).toThrow(expect.objectContaining(error));
    else expect(orderTotal(priced)).toBe(expected);
  });

  it('is exact for the largest order', () => {
    expect(Number.isSafeInteger(MAX_LINES * lineTotal(100_000, 10_000_000))).toBe(true);
  });
});
