import * as v from 'valibot';
import { inLocale } from '@/i18n/names';

/** What may wait for a supervisor, of three rooms (server/schemas/devices.py, reveals.py, order_reviews.py). */
const whole = v.pipe(v.number(), v.safeInteger());
const DeviceSchema = v.object({
  id: v.string(),
  person_id: whole,
  person_name: v.string(),
  label: v.string(),
  approved_at: v.nullable(v.string()),
  revoked_at: v.nullable(v.string()),
  last_seen_at: v.string(),
});
export const DevicesSchema = v.object({ devices: v.array(DeviceSchema) });
export const OpeningsSchema = v.array(
  v.object({
    id: v.string(),
    person_id: whole,
    person: v.string(),
    outlet: v.string(),
    words: v.string(),
    requested_at: v.string(),
  }),
);
export const OrdersSchema = v.array(
  v.object({
    id: v.string(),
    outlet: v.string(),
    outlet_en: v.string(),
    person: v.string(),
    person_en: v.string(),
    total_minor: whole,
    reasons: v.array(v.string()),
    day: v.string(),
  }),
);

export interface Waiting {
  key: string;
  kind: 'device' | 'opening' | 'order';
  id: string;
  title: string;
  words: string;
  at: string;
  minor: number;
  /** Why an order was kept off its truck. */
  reasons: readonly string[];
}

/** One list: orders first, for a truck leaves; nobody decides about themselves. */
export function waitingOf(
  devices: v.InferOutput<typeof DevicesSchema>['devices'],
  openings: v.InferOutput<typeof OpeningsSchema>,
  orders: v.InferOutput<typeof OrdersSchema>,
  me: number,
): Waiting[] {
  return [
    ...orders.map((one) => ({
      key: `order ${one.id}`,
      kind: 'order' as const,
      id: one.id,
      title: inLocale(one.outlet, one.outlet_en) || inLocale(one.person, one.person_en),
      words: inLocale(one.person, one.person_en),
      at: one.day,
      minor: one.total_minor,
      reasons: one.reasons,
    })),
    ...openings
      .filter((one) => one.person_id !== me)
      .map((one) => ({
        key: `opening ${one.id}`,
        kind: 'opening' as const,
        id: one.id,
        title: one.person,
        words: [one.outlet, one.words].filter(Boolean).join(' · '),
        at: one.requested_at,
        minor: 0,
        reasons: [],
      })),
    ...devices
      .filter((one) => !one.approved_at && !one.revoked_at && one.person_id !== me)
      .map((one) => ({
        key: `device ${one.id}`,
        kind: 'device' as const,
        id: one.id,
        title: one.person_name,
        words: one.label,
        at: one.last_seen_at,
        minor: 0,
        reasons: [],
      })),
  ];
}
