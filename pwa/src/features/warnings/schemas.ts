import * as v from 'valibot';

/** Early warning as the desk reads it (server/schemas/warnings.py). */
const whole = v.pipe(v.number(), v.safeInteger());

export const LookSchema = v.object({
  day: v.nullable(v.string()),
  people: whole,
  warnings: v.array(
    v.object({
      id: whole,
      person_id: whole,
      person: v.string(),
      person_en: v.string(),
      signals: v.array(
        v.object({ kind: v.string(), seen: v.number(), usual: v.number(), peers: v.nullable(v.number()) }),
      ),
      stores: v.array(
        v.object({
          outlet_id: whole,
          name: v.string(),
          name_en: v.string(),
          kind: v.string(),
        }),
      ),
      only_they: v.array(
        v.object({ outlet_id: whole, name: v.string(), name_en: v.string(), value_minor: whole }),
      ),
      held_since: v.nullable(v.string()),
      rotate: v.boolean(),
      partner: v.nullable(
        v.object({ person_id: whole, name: v.string(), name_en: v.string(), route: v.string() }),
      ),
    }),
  ),
});
export type Look = v.InferOutput<typeof LookSchema>;
export type PersonWarning = Look['warnings'][number];

export const JobSchema = v.object({ id: whole, state: v.string() });
export const AskedSchema = v.object({ tasks: whole });
