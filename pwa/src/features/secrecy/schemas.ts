import * as v from 'valibot';

export const secrecyClasses = ['normal', 'secret', 'top_secret'] as const;

export const FieldsSchema = v.array(
  v.object({ field: v.string(), secrecy: v.string(), delivered: v.string() }),
);
export const OutletRowSchema = v.object({
  id: v.number(),
  code: v.string(),
  name: v.string(),
  address: v.string(),
  outlet_class: v.string(),
  secrecy: v.string(),
});
export const OutletPageSchema = v.object({
  outlets: v.array(OutletRowSchema),
  total: v.number(),
});
export type OutletRow = v.InferOutput<typeof OutletRowSchema>;

/** The stricter, the louder. */
export function toneOf(secrecy: string): 'neutral' | 'due' | 'late' {
  if (secrecy === 'top_secret') return 'late';
  return secrecy === 'secret' ? 'due' : 'neutral';
}
