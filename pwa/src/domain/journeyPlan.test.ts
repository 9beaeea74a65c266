import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import table from '../../../tests/contracts/journey_plan.json';
import { examples } from './contract.testing';
import type { Fault } from './contract.testing';
import {
  addDays,
  businessDate,
  cycleLabel,
  dayNumber,
  dayOf,
  isDue,
  minuteOfDay,
  nextTruckDay,
  nextVisitDate,
  stopRule,
  visitsBetween,
  weekIndex,
  weekdayOf,
} from './journeyPlan';

type Rule = [number, number, number];

const contract = examples<{
  labels: { rule: Rule; expect: string }[];
  badRules: { rule: Rule; error: Fault }[];
  isDue: { name: string; rule: Rule; day: string; anchor: string; expect?: boolean; error?: Fault }[];
  nextVisit: { name: string; rules: Rule[]; after: string; holidays: string[]; expect: string | null }[];
  visitsBetween: {
    name: string;
    rules: Rule[];
    first: string;
    last: string;
    holidays: string[];
    expect: string[];
  }[];
  truckDays: {
    name: string;
    orderDay: string;
    weekdays: number[];
    holidays: string[];
    expect?: string | null;
    error?: Fault;
  }[];
  businessDates: {
    name: string;
    instant: string;
    tz: string;
    expect?: string;
    minute?: number;
    error?: Fault;
  }[];
}>(table);

const ANCHOR = '2024-01-01';
const rulesOf = (rules: Rule[]) => rules.map((rule) => stopRule(...rule));

describe('the table of examples', () => {
  test.each(contract.labels)('$rule is called $expect', ({ rule, expect: expected }) => {
    expect(cycleLabel(stopRule(...rule))).toBe(expected);
  });

  test.each(contract.badRules)('the rule $rule is refused', ({ rule, error }) => {
    expect(() => stopRule(...rule)).toThrow(expect.objectContaining(error));
  });

  test.each(contract.isDue)('C7 due: $name', ({ rule, day, anchor, expect: expected, error }) => {
    if (error) expect(() => isDue(stopRule(...rule), day, anchor)).toThrow(expect.objectContaining(error));
    else expect(isDue(stopRule(...rule), day, anchor)).toBe(expected);
  });

  test.each(contract.nextVisit)('next visit: $name', ({ rules, after, holidays, expect: expected }) => {
    expect(nextVisitDate(rulesOf(rules), after, ANCHOR, holidays)).toBe(expected);
  });

  test.each(contract.visitsBetween)(
    'visits of a span: $name',
    ({ rules, first, last, holidays, expect: expected }) => {
      expect(visitsBetween(rulesOf(rules), first, last, ANCHOR, holidays)).toEqual(expected);
    },
  );

  test.each(contract.truckDays)(
    'truck day: $name',
    ({ orderDay, weekdays, holidays, expect: expected, error }) => {
      if (error)
        expect(() => nextTruckDay(orderDay, weekdays, holidays)).toThrow(expect.objectContaining(error));
      else expect(nextTruckDay(orderDay, weekdays, holidays)).toBe(expected);
    },
  );

  test.each(contract.businessDates)(
    'C4 business day: $name',
    ({ instant, tz, expect: expected, minute, error }) => {
      const at = Date.parse(instant);
      if (error) {
        expect(() => businessDate(at, tz)).toThrow(expect.objectContaining(error));
      } else {
        expect(businessDate(at, tz)).toBe(expected);
        expect(minuteOfDay(at, tz)).toBe(minute);
      }
    },
  );
});

describe('days', () => {
  test.each(['2025-02-29', '2026-13-01', '2026-11-31', '2026-1-1', '26-11-23', '', '2026-11-23T00:00:00Z'])(
    '%j is no day',
    (text) => {
      expect(() => dayNumber(text)).toThrow(expect.objectContaining({ field: 'day', rule: 'date' }));
    },
  );

  it('counts over leap days and year ends', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(addDays('2027-02-28', 1)).toBe('2027-03-01');
    expect(addDays('2027-01-01', -1)).toBe('2026-12-31');
    expect(weekdayOf('2026-11-23')).toBe(0);
  });

  it('refuses an instant that is no number', () => {
    expect(() => businessDate(NaN, 'Asia/Shanghai')).toThrow(expect.objectContaining({ rule: 'instant' }));
  });
});

const someDay = fc.integer({ min: 18_000, max: 25_000 }).map(dayOf);
const someRule = fc
  .record({ weekday: fc.nat(6), weeks: fc.constantFrom(1, 2, 4), turn: fc.nat(3) })
  .map(({ weekday, weeks, turn }) => stopRule(weekday, weeks, turn % weeks));

describe('the laws', () => {
  it('C7 brings a stop once in each cycle over any year end', () => {
    fc.assert(
      fc.property(someRule, someDay, (rule, after) => {
        const first = nextVisitDate([rule], after, ANCHOR) ?? '';
        const gap = dayNumber(first) - dayNumber(after);
        expect(gap).toBeGreaterThan(0);
        expect(gap).toBeLessThanOrEqual(7 * rule.weeks);
        expect(nextVisitDate([rule], first, ANCHOR)).toBe(addDays(first, 7 * rule.weeks));
        expect(isDue(rule, first, ANCHOR)).toBe(true);
      }),
    );
  });

  it('gives a week one index and the next week one more', () => {
    fc.assert(
      fc.property(someDay, (day) => {
        const monday = addDays(day, -weekdayOf(day));
        expect(weekIndex(day, ANCHOR)).toBe(weekIndex(monday, ANCHOR));
        expect(weekIndex(addDays(monday, 7), ANCHOR)).toBe(weekIndex(day, ANCHOR) + 1);
      }),
    );
  });
});
