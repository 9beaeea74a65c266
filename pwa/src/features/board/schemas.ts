import * as v from 'valibot';

/** What the planning board asks and hears (server/schemas/plans.py, jobs.py). */
const whole = v.pipe(v.number(), v.safeInteger());

export const JobSchema = v.object({
  id: whole,
  kind: v.string(),
  state: v.picklist(['waiting', 'running', 'done', 'failed', 'cancelled']),
  progress: whole,
  words: v.string(),
  result: v.string(),
  log: v.array(v.object({ at: v.string(), key: v.string(), detail: v.string() })),
});
export type Job = v.InferOutput<typeof JobSchema>;

const TotalsSchema = v.object({
  stores: v.number(),
  calls: v.number(),
  travel: v.number(),
  work: v.number(),
  days: v.number(),
  calls_a_day: v.number(),
  hours_a_day: v.number(),
  longest: v.number(),
  over: v.number(),
  late: v.number(),
  balance: v.number(),
});
export type Totals = v.InferOutput<typeof TotalsSchema>;

const VersionSchema = v.object({
  id: whole,
  number: whole,
  origin: v.string(),
  made_at: v.string(),
  made_by: v.string(),
  figures: TotalsSchema,
  edits: whole,
  revision: whole,
});
export type Version = v.InferOutput<typeof VersionSchema>;

export const PlanSchema = v.object({
  id: whole,
  territory_id: whole,
  name: v.string(),
  starts_on: v.string(),
  state: v.picklist(['open', 'published', 'reverted']),
  terms: v.object({ start_minute: whole, end_minute: whole, weekdays: v.array(whole) }),
  made_by: v.string(),
  published_version: v.nullable(whole),
  job: v.nullable(JobSchema),
  versions: v.array(VersionSchema),
});
export type Plan = v.InferOutput<typeof PlanSchema>;

const LineSchema = v.pipe(
  v.tuple([whole, whole, whole, whole, whole, whole, v.nullable(whole)]),
  v.transform(([outlet, route, weekday, weeks, phase, sequence, minute]) => ({
    outlet,
    route,
    weekday,
    weeks,
    phase,
    sequence,
    minute,
  })),
);
export type Line = v.InferOutput<typeof LineSchema>;

const FiguresSchema = v.object({
  route_id: whole,
  stores: whole,
  calls: whole,
  travel: v.number(),
  work: v.number(),
  days: whole,
  longest: v.number(),
  over: whole,
  late: whole,
  weekdays: v.array(
    v.pipe(
      v.tuple([v.number(), v.number(), v.number(), v.number()]),
      v.transform(([weekday, calls, travel, minutes]) => ({ weekday, calls, travel, minutes })),
    ),
  ),
});
export type RouteFigures = v.InferOutput<typeof FiguresSchema>;

const BreachSchema = v.object({
  rule: v.string(),
  route_id: whole,
  weekday: v.nullable(whole),
  outlet_id: v.nullable(whole),
  figure: v.number(),
});
export type Breach = v.InferOutput<typeof BreachSchema>;

export const ChangeSchema = v.object({
  revision: whole,
  can_undo: v.boolean(),
  can_redo: v.boolean(),
  touched: v.array(whole),
  travel_before: v.number(),
  travel_after: v.number(),
  lines: v.array(LineSchema),
  figures: v.array(FiguresSchema),
  breaches: v.array(BreachSchema),
  totals: TotalsSchema,
  moves: v.array(whole),
  locked: v.array(whole),
  unplanned: v.array(whole),
});
export type BoardChange = v.InferOutput<typeof ChangeSchema>;

const OutletSchema = v.pipe(
  v.tuple([
    whole,
    v.string(),
    v.string(),
    v.string(),
    v.nullable(v.number()),
    v.nullable(v.number()),
    whole,
    v.nullable(whole),
  ]),
  v.transform(([id, code, name, letter, latitude, longitude, minutes, wanted]) => ({
    id,
    code,
    name,
    letter,
    latitude,
    longitude,
    minutes,
    wanted,
  })),
);
export type BoardOutlet = v.InferOutput<typeof OutletSchema>;

const RouteSchema = v.object({
  id: whole,
  code: v.string(),
  name: v.string(),
  name_en: v.string(),
  rep: v.string(),
});
export type BoardRoute = v.InferOutput<typeof RouteSchema>;

export const BoardSchema = v.object({
  ...ChangeSchema.entries,
  plan_id: whole,
  version_id: whole,
  number: whole,
  editable: v.boolean(),
  routes: v.array(RouteSchema),
  outlets: v.array(OutletSchema),
  today_lines: v.array(LineSchema),
  today_figures: v.array(FiguresSchema),
  today_totals: TotalsSchema,
});
export type BoardAnswer = v.InferOutput<typeof BoardSchema>;

export const PublishedSchema = v.object({ changes: whole });
export const MadeSchema = v.object({ id: whole });
