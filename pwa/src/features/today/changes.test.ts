import { describe, expect, it } from 'vitest';
import { toldBy } from './changes';

const change = {
  outlet_id: 1,
  name: 'A',
  kind: 'came',
  before: [],
  after: [0],
  from: '2026-11-30',
  reason: 'why',
};

describe('what a new plan changed', () => {
  it('is told by day and reason, the newest first', () => {
    const told = toldBy([
      change,
      { ...change, outlet_id: 2, kind: 'left', before: [1], after: [] },
      { ...change, outlet_id: 3, from: '2026-12-07', reason: 'other' },
    ]);
    expect(told.map(({ from, changes }) => [from, changes.map((one) => one.outlet_id)])).toEqual([
      ['2026-12-07', [3]],
      ['2026-11-30', [1, 2]],
    ]);
  });

  it('leaves out what this app does not understand', () => {
    expect(toldBy([{ ...change, kind: 'swapped' }, null, 'words'])).toEqual([]);
  });
});
