import * as v from 'valibot';
import type { StepTemplate } from '@/domain/stepTemplate';

const pieces = v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0)));
const text = v.string();

const rowSchema = v.object({
  shelf: pieces,
  backroom: pieces,
  /** t typed, s same as last, c confirmed after a question; empty before. */
  source: v.picklist(['', 't', 's', 'c']),
  /** The question about a jump has been put; it is put once. */
  asked: v.boolean(),
});
export type CountRow = v.InferOutput<typeof rowSchema>;

const stepSchema = v.object({
  state: v.picklist(['open', 'done', 'skipped']),
  reason: text,
  note: text,
  checks: v.array(text),
});
export type StepDraft = v.InferOutput<typeof stepSchema>;

const presenceSchema = v.object({
  at: text,
  fix: v.nullable(v.object({ latitude: v.number(), longitude: v.number(), accuracy_m: v.number() })),
  distance_m: v.nullable(v.number()),
});

const photoSchema = v.object({ id: text, step: text, kind: text });
export type PhotoMark = v.InferOutput<typeof photoSchema>;

const promiseSchema = v.object({ id: text, text, due: v.nullable(text) });

export const draftSchema = v.object({
  version: v.literal(1),
  visitId: text,
  /** Of the operation that will carry the visit: saving it twice saves it once. */
  operationId: text,
  orderId: text,
  outletId: v.nullable(v.number()),
  proposalId: v.nullable(text),
  planned: v.boolean(),
  unplannedReason: text,
  in: presenceSchema,
  /** The step on screen. */
  step: text,
  steps: v.record(text, stepSchema),
  /** By SKU id. Every SKU of the count list has a row from the start. */
  counts: v.record(text, rowSchema),
  /** By SKU id: only where the rep left the suggestion. Pieces. */
  lines: v.record(text, v.object({ quantity: v.number(), reason: text })),
  objections: v.array(text),
  outcome: v.nullable(text),
  outcomeNote: text,
  signature: v.nullable(v.object({ width: v.number(), height: v.number(), path: text })),
  note: text,
  promises: v.array(promiseSchema),
  kept: v.array(text),
  photos: v.array(photoSchema),
});

/** All that is entered in a visit, as it is kept after every change: an interrupted visit goes on from it. */
export type VisitDraft = v.InferOutput<typeof draftSchema>;

export interface Opening {
  readonly visitId: string;
  readonly operationId: string;
  readonly orderId: string;
  readonly outletId: number | null;
  readonly proposalId: string | null;
  readonly planned: boolean;
  readonly unplannedReason: string;
  /** ISO instant. */
  readonly at: string;
  readonly toCount: readonly number[];
  /** The day was started with its checklist. */
  readonly prepared: boolean;
}

export function newDraft(template: StepTemplate, opening: Opening): VisitDraft {
  const steps = Object.fromEntries(template.steps.map((step) => [step.key, openStep()]));
  const day = template.steps.filter((step) => step.per === 'day');
  if (opening.prepared) for (const step of day) steps[step.key] = { ...openStep(), state: 'done' };
  const first = template.steps.find((step) => step.per !== 'day') ?? template.steps[0];
  return {
    version: 1,
    visitId: opening.visitId,
    operationId: opening.operationId,
    orderId: opening.orderId,
    outletId: opening.outletId,
    proposalId: opening.proposalId,
    planned: opening.planned,
    unplannedReason: opening.unplannedReason,
    in: { at: opening.at, fix: null, distance_m: null },
    step: first?.key ?? '',
    steps,
    counts: Object.fromEntries(opening.toCount.map((sku) => [sku, emptyRow()])),
    lines: {},
    objections: [],
    outcome: null,
    outcomeNote: '',
    signature: null,
    note: '',
    promises: [],
    kept: [],
    photos: [],
  };
}

/** Nothing but the check-in: it can be thrown away without asking. */
export function isUntouched(draft: VisitDraft, template: StepTemplate): boolean {
  const perVisit = template.steps.filter((step) => step.per === 'visit');
  return (
    perVisit.every(
      ({ key }) => stepOf(draft, key).state === 'open' && stepOf(draft, key).checks.length === 0,
    ) &&
    Object.values(draft.counts).every((row) => row.shelf === null && row.backroom === null) &&
    draft.photos.length + draft.promises.length + draft.kept.length === 0 &&
    draft.note === '' &&
    draft.outcome === null
  );
}

export function emptyRow(): CountRow {
  return { shelf: null, backroom: null, source: '', asked: false };
}

function openStep(): StepDraft {
  return { state: 'open', reason: '', note: '', checks: [] };
}

/** The step's state; a step that came with a newer template is taken in as open. */
export function stepOf(draft: VisitDraft, key: string): StepDraft {
  return (draft.steps[key] ??= openStep());
}

// What can be done to a draft. Each changes the draft it is given and nothing else; the screens hand in Vue's proxy of
// it, so that only the row that changed is drawn again.

export function finishStep(draft: VisitDraft, key: string): void {
  const step = stepOf(draft, key);
  step.state = 'done';
  step.reason = '';
}

export function skipStep(draft: VisitDraft, key: string, reason: string, words = ''): void {
  const step = stepOf(draft, key);
  step.state = 'skipped';
  step.reason = reason;
  if (words.trim() !== '') step.note = words.trim();
}

/** "All in order": every check of the step is fine. */
export function passChecks(draft: VisitDraft, key: string, checklist: readonly string[]): void {
  stepOf(draft, key).checks = [...checklist];
  finishStep(draft, key);
}

export function setCheck(draft: VisitDraft, key: string, check: string, fine: boolean): void {
  const step = stepOf(draft, key);
  step.checks = fine ? [...new Set([...step.checks, check])] : step.checks.filter((other) => other !== check);
}

/** No order, and why. An order that was confirmed before is open again. */
export function setOutcome(draft: VisitDraft, outcome: string | null, words = ''): void {
  draft.outcome = outcome;
  draft.outcomeNote = outcome === null ? '' : words.trim();
  if (outcome !== null) finishStep(draft, 'order');
  else stepOf(draft, 'order').state = 'open';
}

export function setLine(draft: VisitDraft, sku: number, suggested: number, quantity: number): void {
  const before = draft.lines[sku];
  // Back at the suggestion there is no change to give a reason for.
  if (quantity === suggested) Reflect.deleteProperty(draft.lines, sku);
  else if (before) before.quantity = quantity;
  // Where nothing was suggested, ordering is in itself the owner wanting more; another reason can be chosen.
  else draft.lines[sku] = { quantity, reason: suggested === 0 ? 'owner_wants_more' : '' };
  // What the owner signs and agrees to is what stands there: a change asks again.
  draft.signature = null;
  if (draft.outcome === null) stepOf(draft, 'order').state = 'open';
}

export function setLineReason(draft: VisitDraft, sku: number, reason: string): void {
  const line = draft.lines[sku];
  if (line) line.reason = reason;
}

/** What was suggested is what is ordered. */
export function acceptAll(draft: VisitDraft): void {
  draft.lines = {};
  finishStep(draft, 'present');
}

export function keepPromise(draft: VisitDraft, id: string, kept: boolean): void {
  draft.kept = kept ? [...new Set([...draft.kept, id])] : draft.kept.filter((other) => other !== id);
}

/** The step after `key` that is still open; else the last one. */
export function stepAfter(template: StepTemplate, draft: VisitDraft, key: string): string {
  const at = template.steps.findIndex((step) => step.key === key);
  const rest = template.steps.slice(at + 1);
  const open = rest.find((step) => step.per === 'visit' && stepOf(draft, step.key).state === 'open');
  return (open ?? template.steps[template.steps.length - 1])?.key ?? key;
}
