import { describe, expect, it } from 'vitest';
import { cycleOf, moved, planOf, reordered, sameStops, withCycle, type DayStop } from './dayPlan';

function stop(outlet_id: number, planned_minute: number | null = null): DayStop {
  return {
    outlet_id,
    code: `O${outlet_id}`,
    name: 'n',
    address: 'a',
    outlet_class: 'C',
    weeks: 1,
    phase: 0,
    planned_minute,
  };
}

describe("a weekday's stops", () => {
  const day = [stop(1), stop(2), stop(3)];
  const ids = (stops: readonly DayStop[]) => stops.map((one) => one.outlet_id);

  it('move to another place and stay where that place does not exist', () => {
    expect(ids(moved(day, 0, 2))).toEqual([2, 3, 1]);
    expect(ids(moved(day, 2, 1))).toEqual([1, 3, 2]);
    expect(ids(moved(day, 0, 3))).toEqual([1, 2, 3]);
    expect(ids(moved(day, 0, -1))).toEqual([1, 2, 3]);
    expect(ids(day)).toEqual([1, 2, 3]);
  });

  it('take a proposed order with its times, and lose no stop that the proposal leaves out', () => {
    const next = reordered(day, [
      { outlet_id: 3, planned_minute: 510 },
      { outlet_id: 9, planned_minute: 520 },
      { outlet_id: 1, planned_minute: 530 },
    ]);
    expect(ids(next)).toEqual([3, 1, 2]);
    expect(next.map((one) => one.planned_minute)).toEqual([510, 530, null]);
  });

  it('are the same only with the same order, cycle and times', () => {
    expect(sameStops(day, [...day])).toBe(true);
    expect(sameStops(day, moved(day, 0, 1))).toBe(false);
    expect(sameStops(day, [withCycle(stop(1), '2.1'), stop(2), stop(3)])).toBe(false);
  });

  it('keep their week cycle as every how many weeks, and in which of them', () => {
    const everyOther = withCycle(stop(1), '2.1');
    expect(planOf([everyOther])).toEqual([{ outlet_id: 1, weeks: 2, phase: 1, planned_minute: null }]);
    expect(cycleOf(everyOther)).toBe('2.1');
  });
});
