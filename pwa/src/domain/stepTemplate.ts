/** The steps of a call as the catalogue brings them (server/domain/step_template.json), and when a call is
 * complete. */

export type StepRule = 'required' | 'optional' | 'skippable';
export type StepWhen = 'day' | 'visit';

export interface Step {
  readonly key: string;
  readonly rule: StepRule;
  /** `day`: done once before leaving; a visit need not repeat it. */
  readonly per: StepWhen;
  /** Keys that excuse a skip; only a skippable step has them. */
  readonly reasons: readonly string[];
  readonly checklist: readonly string[];
  readonly photos: readonly string[];
}

export interface Outcome {
  readonly key: string;
  /** The key alone says nothing, so a sentence is asked for. */
  readonly words: boolean;
  /** Steps that could not be done then: nobody counts a closed store. */
  readonly excuses: readonly string[];
}

export interface StepTemplate {
  readonly version: number;
  readonly steps: readonly Step[];
  readonly outcomes: readonly Outcome[];
}

export interface StepState {
  readonly state: 'open' | 'done' | 'skipped';
  readonly reason: string;
}

/** What completeness asks of a visit. `steps` by step key (an absent one is open); SKU ids in `toCount`,
 * `counted`. */
export interface VisitRecord {
  readonly steps: Readonly<Record<string, StepState>>;
  readonly toCount: Iterable<number>;
  readonly counted: Iterable<number>;
  readonly hasOrder: boolean;
  readonly outcome: string | null;
  readonly outcomeWords: string;
}

export type StepProblemRule =
  | 'required'
  | 'done_or_skipped'
  | 'cannot_skip'
  | 'reason_required'
  | 'reason_unknown'
  | 'counts_missing'
  | 'order_or_outcome'
  | 'order_and_outcome'
  | 'outcome_unknown'
  | 'words_required'
  | 'unknown_step';

export interface StepProblem {
  readonly step: string;
  readonly rule: StepProblemRule;
}

const OPEN: StepState = { state: 'open', reason: '' };

/**
 * What keeps a visit from being complete, in the template's order; empty when it is. The rules are those of
 * `visit_problems` in server/domain/visits.py; both sides read tests/contracts/visit_problems.json.
 */
export function visitProblems(template: StepTemplate, visit: VisitRecord): StepProblem[] {
  const outcome = template.outcomes.find((known) => known.key === visit.outcome);
  const excused = new Set(visit.hasOrder ? [] : outcome?.excuses);
  const problems: StepProblem[] = [];
  for (const step of template.steps) {
    const rule =
      step.key === 'order' ? orderRule(visit, outcome) : stepRule(step, visit, excused.has(step.key));
    if (rule) problems.push({ step: step.key, rule });
  }
  const known = new Set(template.steps.map((step) => step.key));
  const unknown = Object.keys(visit.steps).filter((key) => !known.has(key));
  return [...problems, ...unknown.sort().map((step) => ({ step, rule: 'unknown_step' as const }))];
}

/** The first step that still wants something, where an interrupted visit goes on; null when it is complete.
 * */
export function nextStep(template: StepTemplate, visit: VisitRecord): string | null {
  return visitProblems(template, visit)[0]?.step ?? null;
}

function stepRule(step: Step, visit: VisitRecord, excused: boolean): StepProblemRule | null {
  const done = Object.hasOwn(visit.steps, step.key) ? (visit.steps[step.key] ?? OPEN) : OPEN;
  if (done.state === 'skipped') return skipRule(step, done.reason, excused);
  if (excused) return null;
  if (step.key === 'count') return missesCounts(visit) ? 'counts_missing' : null;
  if (done.state === 'done' || step.per === 'day' || step.rule === 'optional') return null;
  return step.rule === 'required' ? 'required' : 'done_or_skipped';
}

function skipRule(step: Step, reason: string, excused: boolean): StepProblemRule | null {
  if (excused || step.rule === 'optional') return null;
  if (step.rule === 'required') return 'cannot_skip';
  if (reason === '') return 'reason_required';
  return step.reasons.includes(reason) ? null : 'reason_unknown';
}

function orderRule(visit: VisitRecord, outcome: Outcome | undefined): StepProblemRule | null {
  if (visit.hasOrder) return visit.outcome === null ? null : 'order_and_outcome';
  if (visit.outcome === null) return 'order_or_outcome';
  if (!outcome) return 'outcome_unknown';
  return outcome.words && visit.outcomeWords.trim() === '' ? 'words_required' : null;
}

function missesCounts(visit: VisitRecord): boolean {
  const counted = new Set(visit.counted);
  for (const sku of visit.toCount) if (!counted.has(sku)) return true;
  return false;
}
