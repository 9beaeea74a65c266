import { addDays, nextTruckDay, nextVisitDate, type Day } from '@/domain/journeyPlan';
import { visitProblems, type StepProblem, type StepTemplate } from '@/domain/stepTemplate';
import type { Presence, VisitBody } from '@/storage/types';
import { isCounted } from './counting';
import { stepOf, type StepDraft, type VisitDraft } from './draft';
import type { OutletFacts } from './facts';
import { choicesOf, declinedOf, orderLines, totalOf } from './ordering';

/** What a visit needs of the day's book beside the outlet itself. */
export interface VisitSetting {
  readonly template: StepTemplate;
  readonly facts: OutletFacts;
  /** Thousandths: 1500 is × 1.5. */
  readonly factor: number;
  readonly today: Day;
  readonly cycleAnchor: Day;
  readonly holidays: readonly Day[];
}

export function hasOrder(draft: VisitDraft, setting: VisitSetting): boolean {
  if (draft.outcome !== null || stepOf(draft, 'order').state !== 'done') return false;
  return orderLines(choicesOf(draft, setting.facts.skus, setting.factor)).length > 0;
}

/** What is missing before the visit can be finished; `thank` is done by finishing. */
export function whatIsMissing(draft: VisitDraft, setting: VisitSetting): StepProblem[] {
  const listed = setting.facts.skus.map((sku) => sku.id);
  const problems = visitProblems(setting.template, {
    steps: draft.steps,
    toCount: listed.filter((sku) => sku in draft.counts),
    counted: listed.filter((sku) => isCounted(draft.counts[sku])),
    hasOrder: hasOrder(draft, setting),
    outcome: draft.outcome,
    outcomeWords: draft.outcomeNote,
  });
  return problems.filter((problem) => problem.step !== 'thank');
}

/** The stop's next day by its rules; null for an outlet on no route. */
export function nextVisitDay(setting: VisitSetting): Day | null {
  return nextVisitDate(setting.facts.rules, setting.today, setting.cycleAnchor, setting.holidays);
}

/** The route's next truck day; where the route has none, the next day, and the depot decides. */
export function deliveryDay(setting: VisitSetting): Day {
  const truck = nextTruckDay(setting.today, setting.facts.truckWeekdays, setting.holidays);
  return truck ?? addDays(setting.today, 1);
}

/** The body of the one `visit.record` operation (docs/wire.md). `out`: the check-out. */
export function visitBody(draft: VisitDraft, setting: VisitSetting, out: Presence): VisitBody {
  const choices = choicesOf(draft, setting.facts.skus, setting.factor);
  return {
    visit_id: draft.visitId,
    outlet_id: draft.outletId,
    proposal_id: draft.proposalId,
    planned: draft.planned,
    unplanned_reason: draft.unplannedReason,
    in: { ...draft.in },
    out,
    // A step that is still open is not told: it was neither done nor skipped.
    steps: setting.template.steps.flatMap((step) => stepEntry(draft, setting, step.key)),
    counts: countsOf(draft, setting),
    order: hasOrder(draft, setting) ? orderOf(draft, setting) : null,
    declined: declinedOf(choices, draft.outcome),
    outcome: draft.outcome,
    outcome_note: draft.outcomeNote,
    notes: draft.note.trim() === '' ? [] : [draft.note.trim()],
    promises: draft.promises.map((promise) => ({ ...promise })),
    kept: [...draft.kept],
    next_visit_day: nextVisitDay(setting),
    next_visit_shown: stepOf(draft, 'thank').state === 'done',
  };
}

function stepEntry(draft: VisitDraft, setting: VisitSetting, key: string): VisitBody['steps'] {
  const { reason, note, checks } = stepOf(draft, key);
  const state = stateOf(draft, setting, key);
  if (state === 'open') return [];
  const step = setting.template.steps.find((known) => known.key === key);
  // The day's own checklist is told by the day, not by each visit.
  const checklist = step?.per === 'visit' ? step.checklist : [];
  // Checks that were not fine are told; "all in order" needs no words.
  const failed = state === 'done' ? checklist.filter((check) => !checks.includes(check)) : [];
  const words = [note, failed.length > 0 ? `!${failed.join(',')}` : '', halfCounted(draft, setting, key)];
  return [[key, state, reason, words.filter(Boolean).join(' · ').slice(0, 500)]];
}

function stateOf(draft: VisitDraft, setting: VisitSetting, key: string): StepDraft['state'] {
  const { state } = stepOf(draft, key);
  if (key !== 'count' || state === 'skipped') return state;
  const rows = Object.values(draft.counts);
  const complete = rows.length > 0 ? rows.every(isCounted) : state === 'done';
  return complete && setting.facts.skus.length > 0 ? 'done' : 'open';
}

/** A SKU of which only one place was counted has no count to send; what was entered is told in the step's note. */
function halfCounted(draft: VisitDraft, setting: VisitSetting, key: string): string {
  if (key !== 'count') return '';
  const halves = setting.facts.skus.flatMap((sku) => {
    const row = draft.counts[sku.id];
    if (!row || isCounted(row) || (row.shelf === null && row.backroom === null)) return [];
    return [`#${sku.id} ${row.shelf ?? '–'}+${row.backroom ?? '–'}`];
  });
  return halves.join(', ');
}

function countsOf(draft: VisitDraft, setting: VisitSetting): VisitBody['counts'] {
  const counted = setting.facts.skus.flatMap(({ id }) => {
    const row = draft.counts[id];
    if (!row || row.shelf === null || row.backroom === null) return [];
    return [{ id, shelf: row.shelf, backroom: row.backroom, source: row.source || 't' }];
  });
  if (counted.length === 0) return null;
  return {
    skus: counted.map((row) => row.id),
    shelf: counted.map((row) => row.shelf),
    backroom: counted.map((row) => row.backroom),
    source: counted.map((row) => row.source).join(''),
  };
}

function orderOf(draft: VisitDraft, setting: VisitSetting): NonNullable<VisitBody['order']> {
  const lines = orderLines(choicesOf(draft, setting.facts.skus, setting.factor));
  return {
    order_id: draft.orderId,
    delivery_day: deliveryDay(setting),
    price_list: setting.facts.priceList,
    lines: lines.map(({ facts, suggested, quantity, reason }) => [
      facts.id,
      suggested,
      quantity,
      facts.pieceMinor ?? 0,
      reason,
    ]),
    total_minor: totalOf(lines),
    signature: draft.signature?.path ?? '',
  };
}
