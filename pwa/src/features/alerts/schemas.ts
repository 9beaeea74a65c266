import * as v from 'valibot';

const whole = v.pipe(v.number(), v.safeInteger());

export const AlertSchema = v.object({
  id: whole,
  kind: v.string(),
  subject: v.string(),
  about: v.string(),
  severity: v.picklist(['notice', 'warning', 'alarm']),
  detail: v.record(v.string(), v.unknown()),
  first_at: v.string(),
  last_at: v.string(),
  count: whole,
  status: v.picklist(['open', 'acknowledged', 'resolved']),
  acknowledged_by: v.string(),
  acknowledged_at: v.nullable(v.string()),
  resolved_by: v.string(),
  resolved_at: v.nullable(v.string()),
  note: v.string(),
});
export type Alert = v.InferOutput<typeof AlertSchema>;

export const AlertPageSchema = v.object({ alerts: v.array(AlertSchema), open: whole });

export const RequestsSchema = v.array(
  v.object({
    id: v.string(),
    person_id: whole,
    person: v.string(),
    outlet_id: v.nullable(whole),
    outlet: v.string(),
    day: v.string(),
    words: v.string(),
    requested_at: v.string(),
    status: v.string(),
    opened_outlet: whole,
    opened_today: whole,
  }),
);
export type OpeningRequest = v.InferOutput<typeof RequestsSchema>[number];
