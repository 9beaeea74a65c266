import * as v from 'valibot';

/** What the desk's answers about cases look like (server/schemas/cases.py). */
const whole = v.pipe(v.number(), v.safeInteger());
const state = v.picklist(['open', 'waiting', 'done']);

const CaseSchema = v.object({
  id: whole,
  outlet_id: whole,
  outlet: v.string(),
  outlet_en: v.string(),
  kind: v.picklist(['complaint', 'after_sales']),
  text: v.string(),
  owner_id: v.nullable(whole),
  owner: v.string(),
  due: v.nullable(v.string()),
  state,
  opened_by: v.string(),
  opened_at: v.string(),
  closed_at: v.nullable(v.string()),
  late: v.boolean(),
});
export type Case = v.InferOutput<typeof CaseSchema>;
export const CasesSchema = v.array(CaseSchema);

export const LogSchema = v.object({
  entries: v.array(
    v.object({
      at: v.string(),
      by: v.string(),
      state,
      owner: v.string(),
      due: v.nullable(v.string()),
      text: v.string(),
    }),
  ),
});

export const InteractionsSchema = v.array(
  v.object({
    id: whole,
    outlet_id: whole,
    kind: v.picklist(['call', 'mail', 'meeting', 'message', 'event']),
    at: v.string(),
    by: v.string(),
    text: v.string(),
  }),
);
