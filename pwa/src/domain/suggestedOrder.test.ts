import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import table from '../../../tests/contracts/suggested_order.json';
import { examples } from './contract.testing';
import type { Fault } from './contract.testing';
import { DomainError } from './problem';
import { explain, suggest } from './suggestedOrder';
import type { Suggestion, SuggestionInput } from './suggestedOrder';

interface Example {
  name: string;
  input: SuggestionInput;
  expect?: Suggestion;
  error?: Fault;
}

const { cases } = examples<{ cases: Example[] }>(table);
const good = cases.filter((example) => example.expect);
const bad = cases.filter((example) => example.error);

describe('the table of examples', () => {
  test.each(good)('$name', ({ input, expect: expected }) => {
    expect(explain(input)).toStrictEqual(expected);
    expect(suggest(input)).toBe(expected?.suggested);
  });

  test.each(bad)('refused, with field and rule: $name', ({ input, error }) => {
    expect(() => suggest(input)).toThrow(DomainError);
    expect(() => suggest(input)).toThrow(expect.objectContaining(error ?? {}));
  });
});

const pieces = fc.nat(100_000);
const pack = fc.integer({ min: 1, max: 500 });
const thousandths = fc.nat(20_000);

describe('the laws', () => {
  it('suggests whole packs, never a negative number', () => {
    const nullable = fc.option(pieces);
    fc.assert(
      fc.property(
        nullable,
        nullable,
        pieces,
        pack,
        thousandths,
        (lastCount, delivered, count, size, factor) => {
          const found = explain({ lastCount, delivered, count, pack: size, factor: factor / 1000 });
          expect(found.suggested).toBeGreaterThanOrEqual(0);
          expect(found.suggested % size).toBe(0);
          expect(found.suggested).toBe(found.packs * size);
          expect(found.sold).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it('fills the shelf to the safety stock and less than a pack above, in exact arithmetic', () => {
    fc.assert(
      fc.property(pieces, pieces, pieces, pack, thousandths, (lastCount, delivered, count, size, factor) => {
        const suggested = BigInt(suggest({ lastCount, delivered, count, pack: size, factor: factor / 1000 }));
        const safety = BigInt(Math.max(0, lastCount + delivered - count)) * BigInt(factor);
        const filled = (BigInt(count) + suggested) * 1000n;
        expect(filled >= safety).toBe(true);
        if (suggested > 0n) expect(filled - BigInt(size) * 1000n < safety).toBe(true);
      }),
    );
  });

  it('flags stock that grew and orders nothing', () => {
    fc.assert(
      fc.property(
        pieces,
        pieces,
        fc.integer({ min: 1, max: 1000 }),
        pack,
        (lastCount, delivered, grown, size) => {
          const found = explain({ lastCount, delivered, count: lastCount + delivered + grown, pack: size });
          expect([found.basis, found.sold, found.suggested]).toEqual(['stock_grew', 0, 0]);
        },
      ),
    );
  });

  it('suggests one pack for an empty shelf on a first visit', () => {
    fc.assert(
      fc.property(pack, (size) => {
        expect(suggest({ lastCount: null, delivered: null, count: 0, pack: size })).toBe(size);
      }),
    );
  });

  it('takes nothing but whole numbers of pieces', () => {
    const wrong = fc.oneof(
      fc.double().filter((value) => !Number.isInteger(value) || value < 0 || value > 1e9),
      fc.boolean(),
      fc.string(),
    );
    const fields = fc.constantFrom('lastCount', 'delivered', 'count', 'pack');
    fc.assert(
      fc.property(wrong, fields, (value, field) => {
        const input: unknown = { lastCount: 1, delivered: 1, count: 1, pack: 1, [field]: value };
        expect(() => suggest(input as SuggestionInput)).toThrow(DomainError);
      }),
    );
  });
});
