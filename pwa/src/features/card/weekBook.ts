import { cycleLabel, type StopRule } from '@/domain/journeyPlan';
import type { Card } from '@/api';

/** One day of the weekday book: how often the outlet is due, in the words of `cycleLabel`; empty: not on this day. */
export interface BookDay {
  /** 1 = Monday to 7 = Sunday. */
  readonly isoWeekday: number;
  readonly cycles: readonly string[];
}

export function rulesOf(card: Card): StopRule[] {
  return card.rules.map(([weekday, weeks, phase]) => ({ weekday, weeks, phase }));
}

export function weekBook(rules: readonly StopRule[]): BookDay[] {
  return Array.from({ length: 7 }, (_day, weekday) => ({
    isoWeekday: weekday + 1,
    cycles: rules.filter((rule) => rule.weekday === weekday).map(cycleLabel),
  }));
}

export interface OpenHours {
  /** Minutes of the day; an outlet that opens twice has two spans. */
  readonly spans: readonly (readonly [opens: number, closes: number])[];
  readonly isOpen: boolean;
}

/** Today's hours. null: the book does not know any. `weekday`: 0 = Monday. */
export function hoursToday(hours: Card['hours'], weekday: number, minute: number): OpenHours | null {
  if (hours.length === 0) return null;
  const spans = hours.filter(([day]) => day === weekday).map(([, opens, closes]) => [opens, closes] as const);
  return { spans, isOpen: spans.some(([opens, closes]) => minute >= opens && minute < closes) };
}
