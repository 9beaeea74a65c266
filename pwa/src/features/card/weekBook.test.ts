import { describe, expect, it } from 'vitest';
import { hoursToday, weekBook } from './weekBook';

describe('the weekday book', () => {
  it('has seven days, and says A and B where weeks alternate', () => {
    const book = weekBook([
      { weekday: 0, weeks: 1, phase: 0 },
      { weekday: 3, weeks: 2, phase: 1 },
    ]);
    expect(book.map((day) => day.cycles)).toEqual([['weekly'], [], [], ['B'], [], [], []]);
    expect(book[6]?.isoWeekday).toBe(7);
  });
});

describe('opening hours', () => {
  const hours: [number, number, number][] = [
    [0, 480, 720],
    [0, 840, 1320],
  ];

  it('are open within a span and closed at its end', () => {
    expect(hoursToday(hours, 0, 500)?.isOpen).toBe(true);
    expect(hoursToday(hours, 0, 720)?.isOpen).toBe(false);
    expect(hoursToday(hours, 0, 900)?.isOpen).toBe(true);
  });

  it('have no span on a day off, and are unknown where the book says nothing', () => {
    expect(hoursToday(hours, 6, 600)).toEqual({ spans: [], isOpen: false });
    expect(hoursToday([], 0, 600)).toBeNull();
  });
});
