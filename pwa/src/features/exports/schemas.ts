import * as v from 'valibot';

/** What the server answers about exports (server/schemas/exports.py). */
export const ExportSchema = v.object({
  id: v.string(),
  person: v.string(),
  person_en: v.string(),
  asked_at: v.string(),
  reason: v.string(),
  filter: v.record(v.string(), v.unknown()),
  fields: v.array(v.string()),
  format: v.string(),
  rows: v.number(),
  scope_sha256: v.string(),
  status: v.picklist(['asked', 'changed', 'approved', 'refused', 'taken', 'expired']),
  mine: v.boolean(),
  duties: v.array(v.string()),
  signatures: v.array(
    v.object({ person: v.string(), person_en: v.string(), duty: v.string(), signed_at: v.string() }),
  ),
  may_sign: v.string(),
  expires_at: v.nullable(v.string()),
  taken_at: v.nullable(v.string()),
  decision_note: v.string(),
});
export const ExportsSchema = v.array(ExportSchema);
export type ExportRequest = v.InferOutput<typeof ExportSchema>;

export const exportFields = [
  'code',
  'name',
  'name_en',
  'chain',
  'outlet_class',
  'channel',
  'address',
  'status',
  'territory',
  'position',
  'contact_name',
  'contact_phone',
] as const;
export const exportFormats = ['xlsx', 'csv', 'pdf'] as const;

/** Which colour a state bears: what can be done, what waits, what is over. */
export function toneOf(status: ExportRequest['status']): 'done' | 'due' | 'late' | 'stuck' | 'neutral' {
  if (status === 'approved') return 'done';
  if (status === 'asked') return 'due';
  if (status === 'changed') return 'stuck';
  return status === 'refused' ? 'late' : 'neutral';
}
