import * as v from 'valibot';

/** What the server answers about figures (server/schemas/kpis.py). */
const whole = v.pipe(v.number(), v.safeInteger());
const value = v.nullable(v.number());

export const DefinitionsSchema = v.array(
  v.object({
    key: v.string(),
    unit: v.picklist(['share', 'number', 'money']),
    numerator: v.string(),
    denominator: v.string(),
    better: v.picklist(['more', 'less']),
    by_brand: v.boolean(),
    gathers: v.boolean(),
  }),
);
export type Definition = v.InferOutput<typeof DefinitionsSchema>[number];

const ComparedSchema = v.object({ key: v.string(), part: whole, whole, value, before: value });
export type Compared = v.InferOutput<typeof ComparedSchema>;

const PointSchema = v.object({
  start: v.string(),
  figures: v.array(value),
  before: v.array(value),
  calls: whole,
  order_minor: whole,
});
export type Point = v.InferOutput<typeof PointSchema>;

const LineSchema = v.object({
  id: v.string(),
  code: v.string(),
  name: v.string(),
  name_en: v.string(),
  calls: whole,
  order_minor: whole,
  figures: v.array(ComparedSchema),
});
export type Line = v.InferOutput<typeof LineSchema>;

export const ReportSchema = v.object({
  begins: v.string(),
  ends: v.string(),
  begins_before: v.string(),
  keys: v.array(v.string()),
  totals: v.array(ComparedSchema),
  counts: v.record(v.string(), whole),
  trend: v.array(PointSchema),
  lines: v.array(LineSchema),
  rows: whole,
  marked: whole,
});
export type Report = v.InferOutput<typeof ReportSchema>;

export const DailySchema = v.object({
  day: v.string(),
  day_before: v.string(),
  silent: whole,
  report: ReportSchema,
});

export const VisitPageSchema = v.object({
  visits: v.array(
    v.object({
      id: v.string(),
      day: v.string(),
      checked_in_at: v.string(),
      minutes: whole,
      outlet_id: v.nullable(whole),
      code: v.string(),
      outlet: v.string(),
      outlet_class: v.string(),
      route: v.string(),
      person: v.string(),
      planned: v.boolean(),
      outcome: v.string(),
      lines: whole,
      order_minor: whole,
      skus_counted: whole,
      skus_zero: whole,
      flags: v.array(v.string()),
    }),
  ),
  offset: whole,
  more: v.boolean(),
});
export type VisitLine = v.InferOutput<typeof VisitPageSchema>['visits'][number];

export const periods = ['day', 'week', 'month'] as const;
export type Period = (typeof periods)[number];
export const groups = ['route', 'rep', 'territory', 'brand', 'class'] as const;
export type Group = (typeof groups)[number];
export const parts = [
  'all',
  'productive',
  'unproductive',
  'unplanned',
  'incomplete',
  'out_of_stock',
] as const;
