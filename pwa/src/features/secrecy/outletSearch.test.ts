import { describe, expect, test } from 'vitest';
import { isNumber } from './outletSearch';

describe('what is asked for as a number, and never stands in an address', () => {
  test.each(['13812341234', '+86 138 1234 1234', '138-1234-1234', '(0755) 8765 4321', '５１２３４５６７'])(
    '%s is one',
    (words) => {
      expect(isNumber(words)).toBe(true);
    },
  );
  test.each(['', '7-Eleven', 'D0001', '123456', 'Nathan Road 1381234123', '彌敦道 100 號'])(
    '%j is none',
    (words) => {
      expect(isNumber(words)).toBe(false);
    },
  );
});
