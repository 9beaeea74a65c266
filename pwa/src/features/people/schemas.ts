import * as v from 'valibot';

/** What the desk's answers about rights look like (server/schemas: devices, recoveries, access_reviews). */
const whole = v.pipe(v.number(), v.safeInteger());
const instant = v.string();
const range = v.object({ from: whole, to: whole });

const DeviceSchema = v.object({
  id: v.string(),
  person_id: whole,
  person_name: v.string(),
  label: v.string(),
  last_seen_at: instant,
  missing: v.array(range),
  lost: v.array(range),
  has_key: v.boolean(),
  unlock: v.string(),
  created_at: instant,
  approved_at: v.nullable(instant),
  revoked_at: v.nullable(instant),
});
export type Device = v.InferOutput<typeof DeviceSchema>;
export const DevicesSchema = v.object({ devices: v.array(DeviceSchema) });

export const HalfShownSchema = v.object({ recovery_id: whole, half: v.string(), expires_at: instant });
export type HalfShown = v.InferOutput<typeof HalfShownSchema>;

const RecoverySchema = v.object({
  id: whole,
  person_id: whole,
  person: v.string(),
  reason: v.string(),
  started_by: whole,
  started_by_name: v.string(),
  started_at: instant,
  approved_at: v.nullable(instant),
  expires_at: instant,
});
export type Recovery = v.InferOutput<typeof RecoverySchema>;
export const RecoveriesSchema = v.object({ recoveries: v.array(RecoverySchema) });

const ReviewSchema = v.object({
  id: whole,
  quarter: v.string(),
  opened_at: instant,
  due_on: v.string(),
  closed_at: v.nullable(instant),
  rights: whole,
  left: whole,
  overdue: v.boolean(),
});
export type Review = v.InferOutput<typeof ReviewSchema>;
export const ReviewsSchema = v.object({ reviews: v.array(ReviewSchema), missing: v.nullable(v.string()) });

const ReviewItemSchema = v.object({
  id: whole,
  person_id: whole,
  person: v.string(),
  role: v.string(),
  since: v.string(),
  reviewer_id: whole,
  reviewer: v.string(),
  decision: v.string(),
  decided_at: v.nullable(instant),
  note: v.string(),
});
export type ReviewItem = v.InferOutput<typeof ReviewItemSchema>;
export const ReviewItemsSchema = v.object({ items: v.array(ReviewItemSchema) });
