import * as v from 'valibot';

const whole = v.pipe(v.number(), v.safeInteger());

export const EntrySchema = v.object({
  seq: whole,
  at: v.string(),
  person_id: v.nullable(whole),
  person: v.string(),
  deed: v.string(),
  subject: v.string(),
  outlet_id: v.nullable(whole),
  outlet: v.string(),
  device: v.nullable(v.string()),
  detail: v.record(v.string(), v.unknown()),
  digest: v.string(),
});
export type Entry = v.InferOutput<typeof EntrySchema>;

export const EntryPageSchema = v.object({ entries: v.array(EntrySchema), next: v.nullable(whole) });

export const PeopleSchema = v.array(v.object({ id: whole, name: v.string(), status: v.string() }));

export const VerdictSchema = v.object({
  at: v.string(),
  entries: whole,
  digest: v.string(),
  checkpoints: whole,
  proven: whole,
  unknown_keys: whole,
  contents: whole,
  erased: whole,
  fault: v.nullable(v.object({ seq: whole, what: v.string(), after: v.nullable(whole) })),
});

export const StateSchema = v.object({
  entries: whole,
  newest_at: v.nullable(v.string()),
  checkpoint: v.nullable(v.object({ seq: whole, at: v.string(), digest: v.string(), key_id: v.string() })),
  verdict: v.nullable(VerdictSchema),
});
export type State = v.InferOutput<typeof StateSchema>;

export const OpeningSchema = v.object({
  at: v.string(),
  outlet_id: whole,
  outlet: v.string(),
  reason: v.string(),
  words: v.string(),
  offline: v.boolean(),
  flags: v.array(v.string()),
  has_fix: v.boolean(),
  device: v.string(),
});
export type Opening = v.InferOutput<typeof OpeningSchema>;

export const OpeningsSchema = v.object({
  person_id: whole,
  person: v.string(),
  status: v.string(),
  since: v.string(),
  until: v.string(),
  openings: v.array(OpeningSchema),
  outlets: whole,
  deeds: v.array(EntrySchema),
});

export const RecordSchema = v.object({ openings: v.array(OpeningSchema), lookers: v.array(EntrySchema) });
