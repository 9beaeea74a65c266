import * as v from 'valibot';

const whole = v.pipe(v.number(), v.safeInteger());

export const AlertSchema = v.object({
  id: whole,
  kind: v.string(),
  subject: v.string(),
  about: v.string(),
  about_en: v.string(),
  severity: v.picklist(['notice', 'warning', 'alarm']),
  detail: v.record(v.string(), v.unknown()),
  first_at: v.string(),
  last_at: v.string(),
  count: whole,
  status: v.picklist(['open', 'acknowledged', 'resolved']),
  owner_id: v.nullable(whole),
  owner: v.string(),
  acknowledged_by: v.string(),
  acknowledged_at: v.nullable(v.string()),
  resolved_by: v.string(),
  resolved_at: v.nullable(v.string()),
  note: v.string(),
});
export type Alert = v.InferOutput<typeof AlertSchema>;

/** What `retention.ended` bears. */
export const EndedSchema = v.object({ kept: whole, shrunk: whole, lost: whole, saved_minor: whole });

export const OwnerSchema = v.object({
  id: whole,
  name: v.string(),
  name_en: v.string(),
  roles: v.array(v.string()),
});
export type Owner = v.InferOutput<typeof OwnerSchema>;

export const RuleSchema = v.object({
  kind: v.string(),
  is_on: v.boolean(),
  severity: v.string(),
  threshold: v.nullable(whole),
  least: v.nullable(whole),
  most: v.nullable(whole),
  fixed: v.boolean(),
  owner_id: v.nullable(whole),
  owner: v.string(),
  owner_role: v.string(),
  changed_at: v.nullable(v.string()),
  changed_by: v.string(),
});
export type Rule = v.InferOutput<typeof RuleSchema>;

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
