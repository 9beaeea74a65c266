import { DomainError } from './problem';
import { wholeNumber } from './quantity';

/** A calendar day, YYYY-MM-DD. Compares as text. */
export type Day = string;

/** 0 = Monday to 6 = Sunday. */
export type Weekday = number;

/**
 * One weekday of a stop, every `weeks` (1, 2 or 4) weeks, in the week whose index modulo `weeks` is `phase`.
 * Weeks are counted from an anchor Monday, never by ISO number: a year of 53 weeks would put two odd weeks
 * side by side.
 */
export interface StopRule {
  readonly weekday: Weekday;
  readonly weeks: number;
  readonly phase: number;
}

const DAY_MS = 86_400_000;

/** How far ahead the next visit or truck day is looked for; past it the answer is null. */
export const HORIZON_DAYS = 366;

/** The rule, checked; throws DomainError for `weekday`, `weeks` or `phase`. */
export function stopRule(weekday: number, weeks = 1, phase = 0): StopRule {
  wholeNumber('weekday', weekday, 0, 6);
  wholeNumber('weeks', weeks, 1, 4);
  if (weeks === 3) throw new DomainError('weeks', 'one_of', { allowed: '1, 2, 4' });
  wholeNumber('phase', phase, 0, weeks - 1);
  return { weekday, weeks, phase };
}

/** `weekly`, `A` or `B`, `4-weekly 1` to `4-weekly 4`. */
export function cycleLabel(rule: StopRule): string {
  if (rule.weeks === 1) return 'weekly';
  return rule.weeks === 2 ? (rule.phase === 0 ? 'A' : 'B') : `4-weekly ${rule.phase + 1}`;
}

/** Days since 1970-01-01. Throws DomainError `date` for what is no day of the calendar (2025-02-29). */
export function dayNumber(day: Day, field = 'day'): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN;
  if (Number.isNaN(time) || dayOf(time / DAY_MS) !== day) throw new DomainError(field, 'date');
  return time / DAY_MS;
}

export function dayOf(number: number): Day {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}

export function addDays(day: Day, days: number): Day {
  return dayOf(dayNumber(day) + days);
}

export function weekdayOf(day: Day): Weekday {
  return weekdayOfNumber(dayNumber(day));
}

/** Whole weeks from the anchor Monday to the week of `day`; negative before it. */
export function weekIndex(day: Day, anchorMonday: Day): number {
  return Math.floor((dayNumber(day) - anchorNumber(anchorMonday)) / 7);
}

export function isDue(rule: StopRule, day: Day, anchorMonday: Day): boolean {
  return isDueOn(rule, dayNumber(day), anchorNumber(anchorMonday));
}

/** The first due day strictly after `afterDay`. A holiday is skipped: the stop waits for its next occurrence.
 * */
export function nextVisitDate(
  rules: readonly StopRule[],
  afterDay: Day,
  anchorMonday: Day,
  holidays: readonly Day[] = [],
): Day | null {
  const first = dayNumber(afterDay, 'after_day') + 1;
  return dueDays(rules, first, first + HORIZON_DAYS - 1, anchorMonday, holidays, 1)[0] ?? null;
}

/** Every due day from `firstDay` to `lastDay`, both included, without holidays, in order, each once. */
export function visitsBetween(
  rules: readonly StopRule[],
  firstDay: Day,
  lastDay: Day,
  anchorMonday: Day,
  holidays: readonly Day[] = [],
): Day[] {
  const [first, last] = [dayNumber(firstDay, 'first_day'), dayNumber(lastDay, 'last_day')];
  return dueDays(rules, first, last, anchorMonday, holidays, Infinity);
}

/** The route's next truck day strictly after the day of the order, holidays skipped; null when there is none.
 * */
export function nextTruckDay(
  orderDay: Day,
  truckWeekdays: readonly Weekday[],
  holidays: readonly Day[] = [],
): Day | null {
  const order = dayNumber(orderDay, 'order_day');
  for (const weekday of truckWeekdays) wholeNumber('truck_weekdays', weekday, 0, 6);
  for (let number = order + 1; number <= order + HORIZON_DAYS; number += 1) {
    const day = dayOf(number);
    if (truckWeekdays.includes(weekdayOfNumber(number)) && !holidays.includes(day)) return day;
  }
  return null;
}

/** The calendar day of an instant (ms) in a territory's zone (IANA name). Throws DomainError `instant`,
 * `unknown_zone`. */
export function businessDate(instant: number, tz: string): Day {
  const parts = localParts(instant, tz);
  return `${parts['year']}-${parts['month']}-${parts['day']}`;
}

/** Minutes after local midnight by the wall clock of the zone. */
export function minuteOfDay(instant: number, tz: string): number {
  const parts = localParts(instant, tz);
  return Number(parts['hour']) * 60 + Number(parts['minute']);
}

function weekdayOfNumber(number: number): Weekday {
  return modulo(number + 3, 7); // 1970-01-01 was a Thursday
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

function anchorNumber(anchorMonday: Day): number {
  const number = dayNumber(anchorMonday, 'anchor_monday');
  if (weekdayOfNumber(number) !== 0) throw new DomainError('anchor_monday', 'monday');
  return number;
}

function isDueOn(rule: StopRule, day: number, anchor: number): boolean {
  const week = Math.floor((day - anchor) / 7);
  return weekdayOfNumber(day) === rule.weekday && modulo(week, rule.weeks) === rule.phase;
}

function dueDays(
  rules: readonly StopRule[],
  first: number,
  last: number,
  anchorMonday: Day,
  holidays: readonly Day[],
  most: number,
): Day[] {
  const anchor = anchorNumber(anchorMonday);
  const days: Day[] = [];
  for (let number = first; number <= last && days.length < most; number += 1) {
    if (!rules.some((rule) => isDueOn(rule, number, anchor))) continue;
    const day = dayOf(number);
    if (!holidays.includes(day)) days.push(day);
  }
  return days;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localParts(instant: number, tz: string): Readonly<Record<string, string>> {
  if (!Number.isFinite(instant)) throw new DomainError('instant', 'instant');
  const parts = formatOf(tz).formatToParts(instant);
  return Object.fromEntries(parts.map((part) => [part.type, part.value]));
}

function formatOf(tz: string): Intl.DateTimeFormat {
  const known = formats.get(tz);
  if (known) return known;
  try {
    const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone: tz,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(tz, format);
    return format;
  } catch {
    throw new DomainError('tz', 'unknown_zone');
  }
}
