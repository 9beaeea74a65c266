import * as v from 'valibot';

/** What the server asks the authenticator, and what goes back (server/schemas/passkeys.py). */
const AskedSchema = v.object({ ceremony: v.string(), options: v.record(v.string(), v.unknown()) });
export type Asked = v.InferOutput<typeof AskedSchema>;

export function readAsked(data: unknown): Asked | null {
  const parsed = v.safeParse(AskedSchema, data);
  return parsed.success ? parsed.output : null;
}

const PasskeySchema = v.object({
  id: v.number(),
  label: v.string(),
  prf: v.boolean(),
  backed_up: v.boolean(),
  created_at: v.string(),
  last_used_at: v.nullable(v.string()),
});
export type PasskeyRow = v.InferOutput<typeof PasskeySchema>;
export const PasskeysSchema = v.object({ passkeys: v.array(PasskeySchema) });
