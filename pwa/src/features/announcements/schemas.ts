import * as v from 'valibot';

const whole = v.pipe(v.number(), v.safeInteger());

export const SentSchema = v.object({
  id: whole,
  title: v.string(),
  title_en: v.string(),
  text: v.string(),
  text_en: v.string(),
  roles: v.array(v.string()),
  territory_ids: v.array(whole),
  starts_at: v.string(),
  ends_at: v.string(),
  must_confirm: v.boolean(),
  by: v.string(),
  made_at: v.string(),
  withdrawn_at: v.nullable(v.string()),
  people: whole,
  read: whole,
  confirmed: whole,
});
export type Sent = v.InferOutput<typeof SentSchema>;

export const ReaderSchema = v.object({
  id: whole,
  name: v.string(),
  name_en: v.string(),
  read_at: v.nullable(v.string()),
  confirmed_at: v.nullable(v.string()),
});
export type Reader = v.InferOutput<typeof ReaderSchema>;
