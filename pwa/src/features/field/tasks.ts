import * as v from 'valibot';

/** Tasks as the server lists them (server/schemas/tasks.py), and what may come of each kind (server/domain/tasks.py). */
const whole = v.pipe(v.number(), v.safeInteger());

export const taskRules = {
  call_back: {
    questions: ['knows_new_rep', 'account_right', 'promises_known', 'visited_since'],
    outcomes: ['confirmed', 'not_reached', 'unhappy', 'told_route_closed'],
  },
  spot_check: {
    questions: ['visit_happened', 'count_right', 'posm_up', 'order_known'],
    outcomes: ['as_told', 'differs', 'not_reached'],
  },
  win_back: {
    questions: ['owner_met', 'reason_known', 'order_agreed'],
    outcomes: ['won', 'later', 'lost', 'not_reached'],
  },
  second_contact: { questions: ['owner_met', 'number_right'], outcomes: ['met', 'not_reached'] },
  verify: {
    questions: ['name_right', 'address_right', 'hours_right', 'contact_right'],
    outcomes: ['true', 'corrected', 'not_reached'],
  },
} as const;

export const taskKinds = ['call_back', 'spot_check', 'win_back', 'second_contact', 'verify'] as const;
export type TaskKind = (typeof taskKinds)[number];

const TaskSchema = v.object({
  id: whole,
  kind: v.picklist(taskKinds),
  outlet_id: whole,
  outlet: v.string(),
  outlet_en: v.string(),
  address: v.string(),
  latitude: v.nullable(v.number()),
  longitude: v.nullable(v.number()),
  hours: v.array(v.array(v.number())),
  person: v.string(),
  assignee_id: v.nullable(whole),
  assignee: v.string(),
  due: v.nullable(v.string()),
  late: v.boolean(),
  state: v.picklist(['open', 'done', 'cancelled']),
  why: v.object({
    drawn: v.optional(v.picklist(['risk', 'chance'])),
    risks: v.optional(v.array(v.string())),
    seed: v.optional(v.number()),
  }),
  outcome: v.string(),
  answers: v.record(v.string(), v.unknown()),
  note: v.string(),
  done_by: v.string(),
  done_at: v.nullable(v.string()),
  contacts: v.array(v.object({ id: whole, name: v.string(), role: v.string(), phone: v.string() })),
});
export type Task = v.InferOutput<typeof TaskSchema>;
export const TasksSchema = v.array(TaskSchema);

export const SampleSchema = v.object({
  seed: whole,
  first: v.string(),
  last: v.string(),
  drawn: v.array(
    v.object({ outlet_id: whole, risks: v.array(v.string()), drawn: v.picklist(['risk', 'chance']) }),
  ),
});

export type Answers = Readonly<Record<string, boolean>>;

/** What is still missing before a task can be saved: 'outcome', a question, or null. The good outcome needs every answer. */
export function missingIn(kind: TaskKind, outcome: string | null, answers: Answers): string | null {
  const { questions, outcomes } = taskRules[kind];
  if (outcome === null || !outcomes.some((one) => one === outcome)) return 'outcome';
  if (outcome !== outcomes[0]) return null;
  return questions.find((question) => answers[question] === undefined) ?? null;
}

/** Without those that this phone has done: the list that it keeps may be older. Where nobody was reached, it waits on. */
export function stillOpen(
  tasks: readonly Task[],
  done: readonly { task_id: number; outcome: string }[],
): Task[] {
  const settled = new Set(
    done.filter(({ outcome }) => outcome !== 'not_reached').map(({ task_id }) => task_id),
  );
  return tasks.filter(({ id }) => !settled.has(id));
}
