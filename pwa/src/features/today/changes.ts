import * as v from 'valibot';

const weekdays = v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(6)));
const ChangeSchema = v.object({
  outlet_id: v.number(),
  name: v.string(),
  kind: v.picklist(['came', 'left', 'moved']),
  before: weekdays,
  after: weekdays,
  from: v.string(),
  reason: v.string(),
});
export type Change = v.InferOutput<typeof ChangeSchema>;

export interface Told {
  from: string;
  reason: string;
  changes: Change[];
}

/** What a new plan changed, the newest first, by day and reason. A kind that this app does not know yet is left out. */
export function toldBy(words: readonly unknown[]): Told[] {
  const found = new Map<string, Told>();
  for (const one of words) {
    const read = v.safeParse(ChangeSchema, one);
    if (!read.success) continue;
    const { from, reason } = read.output;
    const key = `${from} ${reason}`;
    const told = found.get(key) ?? { from, reason, changes: [] };
    told.changes.push(read.output);
    found.set(key, told);
  }
  return [...found.values()].sort((a, b) => (a.from < b.from ? 1 : a.from > b.from ? -1 : 0));
}
