import * as v from 'valibot';
import type { Fix, OperationBodies } from '@/storage';

/** The steps of a store's handover, in order (server/domain/handovers.py). */
export const handoverSteps = [
  'introduce',
  'statement',
  'orders',
  'assets',
  'samples',
  'card',
  'preferences',
  'next_visit',
] as const;
export type HandoverStep = (typeof handoverSteps)[number];
export const neverSkipped: readonly string[] = ['introduce', 'next_visit'];
export const skipReasons = ['none_here', 'owner_busy', 'papers_missing', 'other'] as const;
export const answers = ['confirmed', 'code', 'wrong', 'denied'] as const;

const id = v.pipe(v.number(), v.integer());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const toldSchema = v.object({
  departure_id: id,
  outlet_id: id,
  name: v.string(),
  name_en: v.nullish(v.string(), ''),
  address: v.nullish(v.string(), ''),
  outlet_class: v.nullish(v.string(), ''),
  giver: v.string(),
  giver_en: v.nullish(v.string(), ''),
  /** Who takes it over, told to who gives it. */
  receiver: v.nullish(v.string(), ''),
  receiver_en: v.nullish(v.string(), ''),
  due: v.nullable(v.string()),
  place: id,
  state: v.string(),
  own: v.boolean(),
  /** Orders, deliveries, promises, assets, cases. */
  open: v.tuple([count, count, count, count, count]),
  supervisor: v.boolean(),
  /** Id, the code itself, and the owner's answer where it came already. */
  code: v.nullable(v.tuple([id, v.string(), v.string()])),
});
export type ToldHandover = v.InferOutput<typeof toldSchema>;

const bookSchema = v.object({
  witnesses: v.array(v.tuple([id, v.string(), v.nullish(v.string(), '')])),
  stores: v.array(v.unknown()),
});

export interface ToldHandovers {
  witnesses: { id: number; name: string; nameEn: string }[];
  stores: ToldHandover[];
}

/** What the book says of handovers; a store that this app cannot read is left out. */
export function handoversIn(told: unknown): ToldHandovers {
  const book = v.safeParse(bookSchema, told);
  if (!book.success) return { witnesses: [], stores: [] };
  return {
    witnesses: book.output.witnesses.map(([key, name, nameEn]) => ({ id: key, name, nameEn })),
    stores: book.output.stores.flatMap((one) => {
      const store = v.safeParse(toldSchema, one);
      return store.success ? [store.output] : [];
    }),
  };
}

const stepSchema = v.object({
  state: v.picklist(['open', 'done', 'skipped']),
  reason: v.string(),
  note: v.string(),
});

export const draftSchema = v.object({
  version: v.literal(1),
  /** Saving it twice saves it once. */
  operationId: v.string(),
  departureId: v.number(),
  outletId: v.number(),
  /** The step on screen; `owner` is the last. */
  step: v.string(),
  steps: v.record(v.string(), stepSchema),
  giverPresent: v.boolean(),
  witnessId: v.nullable(v.number()),
  nextVisit: v.string(),
  answer: v.string(),
  words: v.string(),
  signature: v.nullable(v.object({ width: v.number(), height: v.number(), path: v.string() })),
});

/** All that is entered in a handover, kept after every change. */
export type HandoverDraft = v.InferOutput<typeof draftSchema>;

export function newDraft(
  told: Pick<ToldHandover, 'departure_id' | 'outlet_id'>,
  operationId: string,
  nextVisit: string,
): HandoverDraft {
  return {
    version: 1,
    operationId,
    departureId: told.departure_id,
    outletId: told.outlet_id,
    step: handoverSteps[0],
    steps: Object.fromEntries(handoverSteps.map((key) => [key, { state: 'open', reason: '', note: '' }])),
    giverPresent: false,
    witnessId: null,
    nextVisit,
    answer: '',
    words: '',
    signature: null,
  };
}

/** A step ends; gives the next one that is open, `owner` after the last. */
export function endStep(draft: HandoverDraft, key: string, state: 'done' | 'skipped', reason = ''): void {
  const step = draft.steps[key];
  if (step) Object.assign(step, { state, reason: state === 'skipped' ? reason : '' });
  draft.step = handoverSteps.find((other) => draft.steps[other]?.state === 'open') ?? 'owner';
}

/** What is still missing before it can be saved, as a text key under `handover.missing`; null when nothing is. */
export function missingIn(
  draft: HandoverDraft,
  told: Pick<ToldHandover, 'code'>,
  today: string,
): string | null {
  const agreed = draft.answer === 'confirmed' || draft.answer === 'code';
  if (draft.answer === '') return 'answer';
  if (agreed && handoverSteps.some((key) => draft.steps[key]?.state === 'open')) return 'steps';
  if (agreed && (draft.nextVisit === '' || draft.nextVisit < today)) return 'nextVisit';
  if (draft.answer === 'confirmed' && !draft.signature) return 'signature';
  if (draft.answer === 'code' && !told.code) return 'code';
  if (draft.answer === 'wrong' && draft.words.trim() === '') return 'words';
  return null;
}

/** A class A store counts as confirmed only where its supervisor stood by: said before it is saved, and saved anyway. */
export function lacksSupervisor(draft: HandoverDraft, told: Pick<ToldHandover, 'supervisor'>): boolean {
  return told.supervisor && draft.witnessId === null;
}

export function bodyOf(
  draft: HandoverDraft,
  told: Pick<ToldHandover, 'code'>,
  at: string,
  fix: Fix | null,
  today: string,
): OperationBodies['handover.record'] {
  const isByCode = draft.answer === 'code';
  return {
    departure_id: draft.departureId,
    outlet_id: draft.outletId,
    at,
    fix,
    giver_present: draft.giverPresent,
    witness_id: draft.witnessId,
    steps: handoverSteps.flatMap((key) => {
      const step = draft.steps[key];
      return !step || step.state === 'open'
        ? []
        : [[key, step.state, step.reason, step.note.trim()] as const];
    }),
    answer: draft.answer,
    code_id: isByCode ? (told.code?.[0] ?? null) : null,
    words: draft.words.trim(),
    signature: draft.answer === 'confirmed' ? (draft.signature?.path ?? '') : '',
    // An owner who says no has no next visit agreed with them.
    next_visit: draft.nextVisit === '' || draft.nextVisit < today ? null : draft.nextVisit,
  };
}

/** The stores by what comes first: own ones, then by due day and importance. */
export function inOrder(stores: readonly ToldHandover[]): ToldHandover[] {
  return [...stores].sort(
    (a, b) =>
      Number(b.own) - Number(a.own) || (a.due ?? '9').localeCompare(b.due ?? '9') || a.place - b.place,
  );
}

export function codeLink(origin: string, code: string): string {
  return `${origin}/h/${code}`;
}
