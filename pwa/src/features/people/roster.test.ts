import { describe, expect, it } from 'vitest';
import { addDays, daysIn, endOfWeek, mondays, sharesByPerson } from './roster';

describe('the days of the roster', () => {
  it('are counted over the end of a month and of a year', () => {
    expect(addDays('2026-11-30', 1)).toBe('2026-12-01');
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect(daysIn('2026-11-23', '2026-12-06')).toBe(14);
  });

  it('stand in weeks that begin on Monday and end on Sunday', () => {
    expect(mondays('2026-11-23', '2026-12-06')).toEqual(['2026-11-23', '2026-11-30']);
    expect(endOfWeek('2026-11-23')).toBe('2026-11-29');
    expect(endOfWeek('2026-11-29')).toBe('2026-11-29');
  });
});

describe('what is spread over neighbours', () => {
  it('is told once a person, whoever takes most first', () => {
    const share = { name: 'A', extra_minutes: 40, over_minutes: 0 };
    const shares = sharesByPerson({
      routes: [],
      calls: 5,
      working_days: 1,
      weighed_to: '2026-11-24',
      one: [],
      spread: [
        { ...share, person_id: 1, route_id: 7, outlet_ids: [1] },
        { ...share, person_id: 2, name: 'B', route_id: 7, outlet_ids: [2, 3] },
        { ...share, person_id: 1, route_id: 8, outlet_ids: [4, 5] },
      ],
    });
    expect(shares).toEqual([
      { name: 'A', outlets: 3, extra: 40 },
      { name: 'B', outlets: 2, extra: 40 },
    ]);
  });
});
