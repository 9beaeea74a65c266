import * as v from 'valibot';

/** The retention watch as the desk reads it (server/schemas/retention.py); amounts in minor units. */
const whole = v.pipe(v.number(), v.safeInteger());

export const WatchedCasesSchema = v.array(
  v.object({
    departure_id: whole,
    person: v.string(),
    person_en: v.string(),
    handed_on: v.string(),
    ends_on: v.string(),
    stores: whole,
    running: whole,
    alarms: whole,
    kept: whole,
    shrunk: whole,
    lost: whole,
    too_little: whole,
    tasks: whole,
    saved_minor: whole,
    judged_at: v.nullable(v.string()),
  }),
);
export type WatchedCase = v.InferOutput<typeof WatchedCasesSchema>[number];

export const WatchedStoresSchema = v.array(
  v.object({
    id: whole,
    outlet_id: whole,
    code: v.string(),
    name: v.string(),
    name_en: v.string(),
    outlet_class: v.string(),
    receiver: v.string(),
    receiver_en: v.string(),
    state: v.picklist(['kept', 'shrunk', 'lost', 'too_little']),
    alarm: v.boolean(),
    verdict: v.object({
      cycles: v.optional(whole, 0),
      share: v.optional(v.nullable(v.number()), null),
      peers: v.optional(whole, 0),
      without_order: v.optional(whole, 0),
      reason: v.optional(v.string(), 'no_cycle_yet'),
    }),
    course: v.object({
      cycle: v.optional(whole, 1),
      handed: v.optional(whole, 0),
      actual: v.optional(v.array(whole), []),
      expected: v.optional(v.array(whole), []),
    }),
    visits: v.object({
      visits: v.optional(whole, 0),
      visits_usual: v.optional(v.number(), 0),
      counts: v.optional(whole, 0),
      counts_usual: v.optional(v.number(), 0),
    }),
    saved_minor: whole,
    task: v.string(),
    task_due: v.nullable(v.string()),
  }),
);
export type WatchedStore = v.InferOutput<typeof WatchedStoresSchema>[number];

export const JobSchema = v.object({ id: whole, state: v.string() });
