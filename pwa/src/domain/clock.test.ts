import { afterEach, describe, expect, it, test } from 'vitest';
import table from '../../../tests/contracts/clock.json';
import { corrected, dateLooksWrong, isAdjusted, now, offsetFrom, setClock } from './clock';
import { examples } from './contract.testing';

const contract = examples<{
  corrected: {
    name: string;
    capturedAt: string;
    offsetMs: number | null;
    expect: string;
    adjusted: boolean;
  }[];
}>(table);

test.each(contract.corrected)('$name', ({ capturedAt, offsetMs, expect: expected, adjusted }) => {
  expect(new Date(corrected(Date.parse(capturedAt), offsetMs)).toISOString()).toBe(expected);
  expect(isAdjusted(offsetMs)).toBe(adjusted);
});

describe('the clock', () => {
  afterEach(() => setClock(null));

  it('is the phone’s own unless another is set', () => {
    const before = Date.now();
    expect(now()).toBeGreaterThanOrEqual(before);
    setClock(() => 42);
    expect(now()).toBe(42);
    setClock(null);
    expect(now()).toBeGreaterThanOrEqual(before);
  });

  it('is compared with the server’s half way between question and answer', () => {
    expect(offsetFrom(10_000, 4_000, 4_300)).toBe(5_850);
    expect(offsetFrom(1_000, 4_000, 4_000)).toBe(-3_000);
  });
});

describe('A17 a date that cannot be true', () => {
  const built = Date.parse('2026-11-23T00:00:00Z');
  test.each([
    ['1970-01-01T00:00:00Z', true],
    ['2026-11-21T23:59:59Z', true],
    ['2026-11-22T00:00:00Z', false],
    ['2026-11-25T00:00:00Z', false],
    ['2036-11-01T00:00:00Z', false],
    ['2037-01-01T00:00:00Z', true],
    ['no date', true],
  ])('%s: %s', (time, wrong) => {
    expect(dateLooksWrong(Date.parse(time), built)).toBe(wrong);
  });
});
