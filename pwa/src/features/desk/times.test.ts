import { describe, expect, it } from 'vitest';
import { clockTime, dayIn, midnight, minuteOf } from './times';

describe('times on the desk', () => {
  it('are written and read as hours and minutes', () => {
    expect(clockTime(510)).toBe('08:30');
    expect(clockTime(0)).toBe('00:00');
    expect(minuteOf('8:05')).toBe(485);
    expect(minuteOf('23:59')).toBe(1439);
    expect(minuteOf('24:00')).toBeNull();
    expect(minuteOf('noon')).toBeNull();
  });

  it('know which day it is in a territory, whatever the desk thinks', () => {
    const instant = new Date('2026-11-22T17:30:00Z');
    expect(dayIn('Asia/Hong_Kong', instant)).toBe('2026-11-23');
    expect(dayIn('America/New_York', instant)).toBe('2026-11-22');
  });

  it('find midnight of a day in its zone, also where the offset is not a whole hour or changes that day', () => {
    expect(midnight('2026-11-23', 'Asia/Hong_Kong')).toBe('2026-11-22T16:00:00.000Z');
    expect(midnight('2026-11-23', 'Asia/Kathmandu')).toBe('2026-11-22T18:15:00.000Z');
    expect(midnight('2026-03-29', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z');
    expect(midnight('2026-03-30', 'Europe/Berlin')).toBe('2026-03-29T22:00:00.000Z');
  });
});
