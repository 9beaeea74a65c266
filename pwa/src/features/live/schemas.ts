import * as v from 'valibot';

const whole = v.pipe(v.number(), v.safeInteger());
const instant = v.nullable(v.string());
const figure = v.nullable(v.number());

export const routeStates = ['late', 'waiting', 'running', 'finished', 'no_stops'] as const;
export type RouteState = (typeof routeStates)[number];

export const exceptionKinds = [
  'stuck_queue',
  'offline_long',
  'far_check_in',
  'copied_count',
  'short_visit',
] as const;
export type ExceptionKind = (typeof exceptionKinds)[number];

const person = { person: v.string(), person_en: v.string() };
const outlet = { outlet: v.string(), outlet_en: v.string() };

export const LiveRouteSchema = v.object({
  id: whole,
  code: v.string(),
  name: v.string(),
  name_en: v.string(),
  territory_id: whole,
  territory: v.string(),
  territory_en: v.string(),
  timezone: v.string(),
  person_id: v.nullable(whole),
  ...person,
  substitute: v.boolean(),
  state: v.picklist(routeStates),
  planned: whole,
  done: whole,
  late: whole,
  skipped: whole,
  calls: whole,
  unplanned: whole,
  orders: whole,
  order_minor: whole,
  strike_rate: figure,
  started_at: instant,
  ended_at: instant,
  last_call_at: instant,
  synced_at: instant,
  gap_since: instant,
});
export type LiveRoute = v.InferOutput<typeof LiveRouteSchema>;
export const LiveSchema = v.object({ as_of: v.string(), routes: v.array(LiveRouteSchema) });

export const LiveExceptionSchema = v.object({
  kind: v.picklist(exceptionKinds),
  cause: v.string(),
  since: instant,
  person_id: whole,
  ...person,
  route_id: v.nullable(whole),
  route: v.string(),
  outlet_id: v.nullable(whole),
  ...outlet,
  visit_id: v.nullable(v.string()),
  amount: figure,
  of: figure,
});
export type LiveException = v.InferOutput<typeof LiveExceptionSchema>;
export const LiveExceptionsSchema = v.object({
  as_of: v.string(),
  totals: v.record(v.picklist(exceptionKinds), whole),
  exceptions: v.array(LiveExceptionSchema),
});

export const LiveCallSchema = v.object({
  id: v.string(),
  route_id: v.nullable(whole),
  person_id: whole,
  ...person,
  ...outlet,
  at: v.string(),
  left_at: v.string(),
  latitude: figure,
  longitude: figure,
  ordered: v.boolean(),
  far: v.boolean(),
  short: v.boolean(),
});
export type LiveCall = v.InferOutput<typeof LiveCallSchema>;
export const LiveCallsSchema = v.object({ as_of: v.string(), total: whole, calls: v.array(LiveCallSchema) });

export const DayCallSchema = v.object({
  id: v.string(),
  at: v.string(),
  until: v.string(),
  route_id: v.nullable(whole),
  outlet_id: v.nullable(whole),
  ...outlet,
  planned: v.boolean(),
  planned_minute: v.nullable(whole),
  outcome: v.nullable(v.string()),
  order_minor: v.nullable(whole),
  distance_m: figure,
  latitude: figure,
  longitude: figure,
  counted: whole,
  equal: whole,
  far: v.boolean(),
  short: v.boolean(),
  copied: v.boolean(),
});
export type DayCall = v.InferOutput<typeof DayCallSchema>;

export const OpenStopSchema = v.object({
  route_id: whole,
  outlet_id: whole,
  ...outlet,
  planned_minute: v.nullable(whole),
  seq: whole,
  state: v.picklist(['done', 'skipped', 'late', 'ahead']),
});
export type OpenStop = v.InferOutput<typeof OpenStopSchema>;

export const TimelineSchema = v.object({
  as_of: v.string(),
  person_id: whole,
  ...person,
  day: v.string(),
  timezone: v.string(),
  started_at: instant,
  ended_at: instant,
  synced_at: instant,
  gap_since: instant,
  planned: whole,
  done: whole,
  calls: v.array(DayCallSchema),
  stops: v.array(OpenStopSchema),
  pauses: v.array(v.object({ after: whole, minutes: whole })),
});
export type Timeline = v.InferOutput<typeof TimelineSchema>;
