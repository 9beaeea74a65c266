import * as v from 'valibot';
import type { Signature } from '@/ui/signature';

/** The closing of a leaver's case as the desk reads it (server/schemas/closing.py). */
const whole = v.pipe(v.number(), v.safeInteger());

export const PropertySchema = v.object({
  kind: v.picklist(['asset', 'device']),
  key: v.string(),
  label: v.string(),
  place: v.string(),
  is_back: v.nullable(v.boolean()),
  words: v.string(),
});
export type Property = v.InferOutput<typeof PropertySchema>;

export const ItemSchema = v.object({
  item: v.string(),
  state: v.picklist(['open', 'met', 'ticked', 'waived']),
  left: whole,
  words: v.string(),
  by: v.string(),
  by_en: v.string(),
  at: v.nullable(v.string()),
});
export type Item = v.InferOutput<typeof ItemSchema>;

export const ClosingSchema = v.object({
  items: v.array(ItemSchema),
  property: v.array(PropertySchema),
  share: v.number(),
  call_backs: whole,
  call_backs_waiting: whole,
  certificate: v.nullable(
    v.object({
      id: whole,
      signed_at: v.string(),
      signed_by: v.string(),
      signed_by_en: v.string(),
      sha256_zh: v.string(),
      sha256_en: v.string(),
    }),
  ),
});
export type Closing = v.InferOutput<typeof ClosingSchema>;

export const CallBacksSchema = v.array(
  v.object({
    id: whole,
    outlet_id: whole,
    code: v.string(),
    name: v.string(),
    name_en: v.string(),
    outlet_class: v.string(),
    due: v.nullable(v.string()),
    state: v.string(),
    outcome: v.string(),
    answers: v.record(v.string(), v.boolean()),
    note: v.string(),
    done_by: v.string(),
    done_by_en: v.string(),
    done_at: v.nullable(v.string()),
  }),
);
export type CallBack = v.InferOutput<typeof CallBacksSchema>[number];

/** What a person says by hand, because no figure tells it. */
export const byHand: readonly string[] = ['accounts_settled', 'duties_acknowledged'];
export const outcomes = ['confirmed', 'not_reached', 'unhappy', 'told_route_closed'] as const;
export const questions = ['knows_new_rep', 'account_right', 'promises_known', 'visited_since'] as const;

/** A call-back waits for somebody: nobody called, or nobody was reached. */
export function waits(one: Readonly<Pick<CallBack, 'state' | 'outcome'>>): boolean {
  return one.state === 'open' || one.outcome === 'not_reached';
}

/** A signature in the box in which it is kept, 320 × 160, whatever the size of the pad. */
export function inBox(drawn: Readonly<Signature>): string {
  const scale = Math.min(320 / drawn.width, 160 / drawn.height);
  return drawn.path.replace(/-?\d+/g, (number) => String(Math.round(Number(number) * scale * 10) / 10));
}
