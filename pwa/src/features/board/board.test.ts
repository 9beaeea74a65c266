import { describe, expect, it } from 'vitest';
import { linesOf, overlay } from './board';
import { routeColour } from './colours';
import type { BoardAnswer, BoardChange, Line, Totals } from './schemas';

const totals: Totals = {
  stores: 2, calls: 8, travel: 10, work: 74, days: 8, calls_a_day: 1, hours_a_day: 0.2, longest: 9, over: 0,
  late: 0, balance: 0,
}; // prettier-ignore
const line = (outlet: number, route: number, weekday: number, sequence: number): Line => ({
  outlet, route, weekday, weeks: 1, phase: 0, sequence, minute: 510,
}); // prettier-ignore

function change(touched: number[], lines: Line[]): BoardChange {
  return {
    revision: 2, can_undo: true, can_redo: false, touched, travel_before: 10, travel_after: 12, lines,
    figures: [], breaches: [], totals: { ...totals, travel: 12 }, moves: [1], locked: [], unplanned: [],
  }; // prettier-ignore
}

const board: BoardAnswer = {
  ...change([1, 2], [line(1, 1, 0, 1), line(2, 2, 0, 1), line(3, 2, 0, 2)]),
  revision: 1, totals, plan_id: 1, version_id: 1, number: 1, editable: true, routes: [], outlets: [],
  today_lines: [], today_figures: [], today_totals: totals,
}; // prettier-ignore

describe('the board', () => {
  it('takes an edit over: the touched routes are the answer’s, the others stay as they were', () => {
    const after = overlay(board, change([1], [line(1, 1, 3, 1)]));
    expect(linesOf(after.lines, { route: 1, weekday: 0 })).toEqual([]);
    expect(linesOf(after.lines, { route: 1, weekday: 3 }).map((one) => one.outlet)).toEqual([1]);
    expect(linesOf(after.lines, { route: 2, weekday: 0 }).map((one) => one.outlet)).toEqual([2, 3]);
    expect(after.revision).toBe(2);
    expect(after.totals.travel).toBe(12);
    expect(after.today_totals.travel).toBe(10);
  });

  it('shows a day in its order', () => {
    const mixed = [line(3, 1, 0, 2), line(1, 1, 0, 1), line(9, 1, 1, 1)];
    expect(linesOf(mixed, { route: 1, weekday: 0 }).map((one) => one.outlet)).toEqual([1, 3]);
  });

  it('gives neighbouring routes colours that differ', () => {
    const colours = Array.from({ length: 50 }, (_, place) => routeColour(place, false));
    expect(new Set(colours).size).toBe(50);
  });
});
