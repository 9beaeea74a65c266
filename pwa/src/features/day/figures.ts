import type { Catalogue } from '@/api';
import { dayKpis, windowAround, type Call, type DayKpis } from '@/domain/kpis';
import { minuteOfDay } from '@/domain/journeyPlan';
import { visitProblems } from '@/domain/stepTemplate';
import type { Daybook, OwnOperation, VisitBody } from '@/storage';

/** The figures of the day from the plan and the visits of this phone, before the server has them. */
export function figuresOf(book: Daybook, visits: readonly OwnOperation<'visit.record'>[]): DayKpis {
  const { manifest, catalogue, cards } = book;
  const plan = [...manifest.stops]
    .sort((a, b) => a.sequence - b.sequence)
    .map((stop) => ({ outletId: stop.outlet_id, window: windowAround(stop.planned_minute) }));
  const calls = [...visits]
    .sort((a, b) => a.body.in.at.localeCompare(b.body.in.at))
    .map(({ body }) => {
      const outletClass = cards.get(body.outlet_id ?? 0)?.outlet_class ?? '';
      return callOf(body, catalogue, outletClass, manifest.timezone);
    });
  return dayKpis(plan, calls);
}

export function callOf(
  body: VisitBody,
  catalogue: Catalogue | null,
  outletClass: string,
  timezone: string,
): Call {
  const pieces = countedPieces(body);
  const mustSell = pieces.size > 0 ? (catalogue?.must_sell[outletClass] ?? []) : [];
  const minor = body.order?.lines.reduce((sum, line) => sum + line[2] * line[3], 0) ?? 0;
  return {
    // A proposed outlet has no number yet, and is in no plan.
    outletId: body.outlet_id ?? 0,
    minute: minuteOfDay(Date.parse(body.in.at), timezone),
    complete: isComplete(body, catalogue),
    orderLines: body.order?.lines.length ?? 0,
    orderMinor: body.order?.total_minor ?? minor,
    skusCounted: pieces.size,
    skusZero: [...pieces.values()].filter((count) => count === 0).length,
    mslRequired: mustSell.length,
    mslPresent: mustSell.filter((sku) => (pieces.get(sku) ?? 0) > 0).length,
  };
}

function countedPieces({ counts }: VisitBody): Map<number, number> {
  if (!counts) return new Map();
  const { skus, shelf, backroom } = counts;
  return new Map(skus.map((sku, column) => [sku, (shelf[column] ?? 0) + (backroom[column] ?? 0)]));
}

/** The visit's own steps judged by the template; the count's step says itself whether every SKU was counted. */
function isComplete(body: VisitBody, catalogue: Catalogue | null): boolean {
  if (!catalogue) return false;
  const steps = Object.fromEntries(body.steps.map(([key, state, reason]) => [key, { state, reason }]));
  const counted = [...(body.counts?.skus ?? [])];
  const uncounted = -1;
  return (
    visitProblems(catalogue.template, {
      steps,
      toCount: steps['count']?.state === 'done' ? counted : [...counted, uncounted],
      counted,
      hasOrder: body.order !== null,
      outcome: body.outcome,
      outcomeWords: body.outcome_note,
    }).length === 0
  );
}
