import * as v from 'valibot';

/** What the server answers about agreements at the desk (server/schemas/agreements.py). */
export const VersionsSchema = v.array(
  v.object({
    version: v.number(),
    title: v.string(),
    title_en: v.string(),
    published_at: v.string(),
    published_by: v.string(),
    accepted: v.number(),
  }),
);
export const StandingSchema = v.object({
  person_id: v.number(),
  person: v.string(),
  acceptance_id: v.nullable(v.number()),
  accepted_at: v.nullable(v.string()),
  locale: v.string(),
  pdf_sha256: v.string(),
});
export const StandingsSchema = v.object({
  people: v.array(StandingSchema),
  total: v.number(),
  waiting: v.number(),
  limit: v.number(),
});
export type Standing = v.InferOutput<typeof StandingSchema>;
