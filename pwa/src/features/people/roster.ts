import * as v from 'valibot';

/** What the desk's answers about the roster look like (server/schemas: roster, absences). */
const whole = v.pipe(v.number(), v.safeInteger());

export const roles = ['rep', 'driver', 'truck', 'supervisor'] as const;
export type Role = (typeof roles)[number];

const RunSchema = v.object({
  first: v.string(),
  last: v.string(),
  holder_id: v.nullable(whole),
  holder: v.string(),
  holder_en: v.string(),
  kind: v.picklist(['regular', 'substitution', 'spread', 'absent', 'vacant']),
  count: whole,
});
export type Run = v.InferOutput<typeof RunSchema>;

const RosterRowSchema = v.object({
  route_id: whole,
  code: v.string(),
  name: v.string(),
  name_en: v.string(),
  territory_id: whole,
  rep: v.array(RunSchema),
  driver: v.array(RunSchema),
  truck: v.array(RunSchema),
  supervisor: v.array(RunSchema),
});
export type RosterRow = v.InferOutput<typeof RosterRowSchema>;

const CalendarDaySchema = v.object({
  territory_id: v.nullable(whole),
  day: v.string(),
  works: v.boolean(),
  name: v.string(),
  name_en: v.string(),
});
export type CalendarDay = v.InferOutput<typeof CalendarDaySchema>;
export const CalendarSchema = v.array(CalendarDaySchema);

export const RosterSchema = v.object({
  first: v.string(),
  last: v.string(),
  today: v.string(),
  routes: v.array(RosterRowSchema),
  calendar: CalendarSchema,
});
export type Roster = v.InferOutput<typeof RosterSchema>;

const VacancySchema = v.object({
  route_id: whole,
  code: v.string(),
  name: v.string(),
  name_en: v.string(),
  role: v.picklist(roles),
  first: v.string(),
  last: v.string(),
  kind: v.picklist(['vacant', 'absent']),
  holder: v.string(),
  holder_en: v.string(),
});
export type Vacancy = v.InferOutput<typeof VacancySchema>;

const LooseOutletSchema = v.object({
  id: whole,
  code: v.string(),
  name: v.string(),
  name_en: v.string(),
  address: v.string(),
  outlet_class: v.string(),
  territory_id: v.nullable(whole),
});
export type LooseOutlet = v.InferOutput<typeof LooseOutletSchema>;

export const VacanciesSchema = v.object({
  vacancies: v.array(VacancySchema),
  loose: whole,
  outlets: v.array(LooseOutletSchema),
});

const AbsenceSchema = v.object({
  id: whole,
  person_id: whole,
  person: v.string(),
  first_day: v.string(),
  last_day: v.string(),
  reason: v.picklist(['leave', 'sick', 'training', 'other']),
  made_at: v.string(),
  stand_ins: v.array(v.string()),
  routes: whole,
  spread: v.boolean(),
});
export type Absence = v.InferOutput<typeof AbsenceSchema>;
export const AbsencesSchema = v.array(AbsenceSchema);

export const AdviceSchema = v.object({
  routes: v.array(
    v.object({ id: whole, code: v.string(), name: v.string(), name_en: v.string(), role: v.string() }),
  ),
  calls: whole,
  working_days: whole,
  weighed_to: v.string(),
  one: v.array(
    v.object({
      person_id: whole,
      name: v.string(),
      days: whole,
      extra_minutes: whole,
      over_days: whole,
      over_minutes: whole,
      metres: v.nullable(whole),
    }),
  ),
  spread: v.array(
    v.object({
      person_id: whole,
      name: v.string(),
      route_id: whole,
      outlet_ids: v.array(whole),
      extra_minutes: whole,
      over_minutes: whole,
    }),
  ),
});
export type Advice = v.InferOutput<typeof AdviceSchema>;

/** Whom the sheet is about: somebody of the roster, and their absence where it is written down already. */
export interface Wanted {
  personId: number;
  person: string;
  first: string;
  last: string;
  absenceId: number | null;
}

const DAY_MS = 86_400_000;

/** A plain day some days later. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

/** Days from one to the other, both counted. */
export function daysIn(first: string, last: string): number {
  return Math.round((Date.parse(`${last}T00:00:00Z`) - Date.parse(`${first}T00:00:00Z`)) / DAY_MS) + 1;
}

/** The Mondays of the weeks from `first` on. */
export function mondays(first: string, last: string): string[] {
  return Array.from({ length: Math.ceil(daysIn(first, last) / 7) }, (_, week) => addDays(first, 7 * week));
}

/** Sunday of a day's week. */
export function endOfWeek(day: string): string {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, 6 - weekday);
}

/** What one neighbour takes over, over all of the absent person's routes. */
export function sharesByPerson(advice: Advice): { name: string; outlets: number; extra: number }[] {
  const found = new Map<number, { name: string; outlets: number; extra: number }>();
  for (const share of advice.spread) {
    const known = found.get(share.person_id);
    // The minutes are the person's, said beside each of the routes.
    if (known) known.outlets += share.outlet_ids.length;
    else
      found.set(share.person_id, {
        name: share.name,
        outlets: share.outlet_ids.length,
        extra: share.extra_minutes,
      });
  }
  return [...found.values()].sort((a, b) => b.outlets - a.outlets);
}
