import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import table from '../../../tests/contracts/masking.json';
import { examples } from './contract.testing';
import { maskPhone } from './masking';

const contract = examples<{ cases: { name: string; phone: string; shown: string }[] }>(table);

const digits = (text: string): number => text.replace(/[^0-9]/g, '').length;

describe('how a number is shown', () => {
  test.each(contract.cases)('$name', ({ phone, shown }) => {
    expect(maskPhone(phone)).toBe(shown);
  });

  it('never shows more than seven of eleven digits, or two of five', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789+-() /,x转#') }), (phone) => {
        const masked = maskPhone(phone);
        const most = masked.startsWith('1') ? 7 : Math.min(4, Math.floor((digits(phone) * 2) / 5));
        expect(digits(masked)).toBeLessThanOrEqual(most);
      }),
    );
  });
});
