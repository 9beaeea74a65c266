import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import table from '../../../tests/contracts/lease.json';
import { examples } from './contract.testing';
import type { Fault } from './contract.testing';
import { judgedTime, leaseState, raisedHighWater } from './lease';
import type { LeaseState } from './lease';

interface Clocks {
  leaseFrom: string;
  leaseUntil: string;
  now: string;
  highWater: string;
}

const contract = examples<{
  base: Clocks;
  cases: (Partial<Clocks> & { name: string; expect?: LeaseState; error?: Fault })[];
}>(table);

describe('the state of a lease', () => {
  test.each(contract.cases)('$name', ({ expect: expected, error, ...changed }) => {
    const clocks = { ...contract.base, ...changed };
    const lease = { from: Date.parse(clocks.leaseFrom), until: Date.parse(clocks.leaseUntil) };
    const state = () => leaseState(lease, Date.parse(clocks.now), Date.parse(clocks.highWater));
    if (error) expect(state).toThrow(expect.objectContaining(error));
    else expect(state()).toBe(expected);
  });

  it('refuses a clock that shows no time', () => {
    expect(() => leaseState({ from: 0, until: 1 }, NaN, 0)).toThrow(
      expect.objectContaining({ field: 'now' }),
    );
  });

  it('C1 is not opened again by any turning of the clock', () => {
    const moment = fc.nat(10_000_000);
    fc.assert(
      fc.property(moment, moment, fc.array(moment, { minLength: 1 }), (from, length, looks) => {
        let [mark, ended] = [from, false];
        for (const now of looks) {
          const state = leaseState({ from, until: from + length }, now, mark);
          if (ended) expect(state).toBe('ended');
          ended = state === 'ended';
          mark = raisedHighWater(mark, now);
        }
      }),
    );
  });
});

describe('the high-water mark', () => {
  it('rises with the clock and does not fall with it', () => {
    expect(raisedHighWater(1000, 2000)).toBe(2000);
    expect(raisedHighWater(1000, 500)).toBe(1000);
  });

  it('C2 falls only by the word of the server', () => {
    expect(raisedHighWater(9_000_000, 500, 2000)).toBe(2000);
  });
});

describe('the time by which a lease is judged', () => {
  it('C2 puts a slow clock right once the server has told its time', () => {
    expect(judgedTime(1000, 600_000)).toBe(601_000);
    expect(judgedTime(1000, null)).toBe(1000);
  });

  it('C1 believes a clock that is ahead', () => {
    expect(judgedTime(1000, -600_000)).toBe(1000);
  });
});
