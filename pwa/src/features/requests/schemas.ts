import * as v from 'valibot';

/** Requests that change the book (server/schemas/requests.py). Values differ by kind and are shown as they come. */
const value = v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()]));
const outlet = v.object({ id: v.number(), code: v.string(), name: v.string(), address: v.string() });

export const RequestSchema = v.object({
  id: v.string(),
  kind: v.string(),
  status: v.string(),
  person: v.string(),
  captured_at: v.string(),
  outlet: v.nullable(outlet),
  old: value,
  current: value,
  new: value,
  note: v.string(),
  latitude: v.nullable(v.number()),
  longitude: v.nullable(v.number()),
  accuracy_m: v.nullable(v.number()),
  decided_at: v.nullable(v.string()),
  decision_note: v.string(),
  changed: v.boolean(),
  near: v.array(
    v.object({
      id: v.number(),
      code: v.string(),
      name: v.string(),
      address: v.string(),
      distance_m: v.number(),
      kind: v.string(),
    }),
  ),
  same_number: v.array(outlet),
});
export const RequestsSchema = v.array(RequestSchema);
export type BookRequest = v.InferOutput<typeof RequestSchema>;

export interface Difference {
  key: string;
  before: string;
  after: string;
  isChanged: boolean;
}

/** Old and new beside each other, one row a value; what stays empty on both sides is left out. */
export function differences({ current, new: wanted }: Pick<BookRequest, 'current' | 'new'>): Difference[] {
  const keys = Object.keys(wanted).filter((key) => key !== 'contact_id');
  return keys.flatMap((key) => {
    const before = words(current[key]);
    const after = words(wanted[key]);
    if (before === '' && after === '') return [];
    // An empty wish leaves what is there.
    const stays = after === '';
    return [{ key, before, after: stays ? before : after, isChanged: !stays && before !== after }];
  });
}

function words(one: string | number | boolean | null | undefined): string {
  if (one === null || one === undefined) return '';
  return typeof one === 'number' ? String(Math.round(one * 1e6) / 1e6) : String(one);
}
