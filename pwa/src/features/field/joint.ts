import * as v from 'valibot';
import type { OperationBodies } from '@/storage';

/** Joint visits: a mark beside each of the rep's eight steps (server/domain/joint_visits.py). */
export const jointSteps = [
  'prepare',
  'outdoor',
  'greet',
  'merchandise',
  'count',
  'present',
  'order',
  'thank',
] as const;
export const marks = ['well', 'improve', 'not_seen'] as const;
const whole = v.pipe(v.number(), v.safeInteger());

export const StopsSchema = v.array(
  v.object({
    person_id: whole,
    person: v.string(),
    person_en: v.string(),
    outlet_id: whole,
    outlet: v.string(),
    outlet_en: v.string(),
    address: v.string(),
    minute: v.nullable(whole),
  }),
);
export type Stop = v.InferOutput<typeof StopsSchema>[number];

export const JointVisitsSchema = v.array(
  v.object({
    id: v.string(),
    person_id: whole,
    person: v.string(),
    supervisor: v.string(),
    outlet: v.string(),
    outlet_en: v.string(),
    day: v.string(),
    at: v.string(),
    steps: v.array(v.array(v.string())),
    well: whole,
    seen: whole,
    words: v.string(),
    action: v.string(),
    action_due: v.nullable(v.string()),
  }),
);
export type JointVisit = v.InferOutput<typeof JointVisitsSchema>[number];

/** The form while it is filled in; kept on the phone, so that a call in between loses nothing. */
export const FormSchema = v.object({
  id: v.string(),
  marks: v.record(v.string(), v.nullable(v.string())),
  words: v.record(v.string(), v.string()),
  summary: v.string(),
  action: v.string(),
  due: v.string(),
});
export type Form = v.InferOutput<typeof FormSchema>;

export function emptyForm(id: string): Form {
  return {
    id,
    marks: Object.fromEntries(jointSteps.map((step) => [step, null])),
    words: Object.fromEntries(jointSteps.map((step) => [step, ''])),
    summary: '',
    action: '',
    due: '',
  };
}

/** Steps done well, of those that were seen. */
export function totalOf(form: Form): { well: number; seen: number } {
  const given = Object.values(form.marks);
  return {
    well: given.filter((mark) => mark === 'well').length,
    seen: given.filter((mark) => mark === 'well' || mark === 'improve').length,
  };
}

/** The step without a mark, or what the agreement lacks; null when the form is complete. */
export function missingIn(form: Form): string | null {
  const step = jointSteps.find((one) => !form.marks[one]);
  if (step) return step;
  if (form.action.trim() && !form.due) return 'due';
  return form.due && !form.action.trim() ? 'action' : null;
}

export function bodyOf(
  form: Form,
  stop: Pick<Stop, 'person_id' | 'outlet_id'>,
  at: string,
): OperationBodies['joint_visit.record'] {
  return {
    joint_visit_id: form.id,
    outlet_id: stop.outlet_id,
    person_id: stop.person_id,
    at,
    steps: jointSteps.map((step) => [step, form.marks[step] ?? 'not_seen', (form.words[step] ?? '').trim()]),
    words: form.summary.trim(),
    action: form.action.trim(),
    action_due: form.due || null,
  };
}

/** Today's stops by rep, in the order of the day. */
export function byRep(
  stops: readonly Stop[],
): { id: number; name: string; name_en: string; stops: Stop[] }[] {
  const reps = new Map<number, { id: number; name: string; name_en: string; stops: Stop[] }>();
  for (const stop of stops) {
    const rep = reps.get(stop.person_id) ?? {
      id: stop.person_id,
      name: stop.person,
      name_en: stop.person_en,
      stops: [],
    };
    rep.stops.push(stop);
    reps.set(stop.person_id, rep);
  }
  return [...reps.values()];
}
