import type { Card } from '@/api';
import { businessDate, type Day } from '@/domain/journeyPlan';
import { pastDeliveries } from '@/storage/card';
import type { VisitBody } from '@/storage/types';

/** One SKU as this phone counted it last. Pieces. */
export interface OwnCount {
  readonly shelf: number;
  readonly backroom: number;
  readonly total: number;
  /** Handed over since that count, as far as the card tells. */
  readonly delivered: number;
}

/** What the phone's own visits, not yet in the book, add to what the card says. */
export interface OwnKnowledge {
  readonly counts: ReadonlyMap<number, OwnCount>;
  /** The day of the newest count; null: nothing was counted. */
  readonly since: Day | null;
  readonly kept: ReadonlySet<string>;
}

export const nothingOwn: OwnKnowledge = { counts: new Map(), since: null, kept: new Set() };

type OwnVisit = Pick<VisitBody, 'counts' | 'kept' | 'in'>;

/**
 * A second visit before the next pull starts from the first: what was delivered before it is in its count already, so of the
 * card's deliveries only those of later days are added. `visits`: of one outlet, oldest first.
 */
export function ownKnowledge(visits: readonly OwnVisit[], card: Card | null, timezone: string): OwnKnowledge {
  const counts = new Map<number, OwnCount>();
  let since: Day | null = null;
  for (const { counts: counted, in: arrived } of visits) {
    if (!counted) continue;
    const day = businessDate(Date.parse(arrived.at), timezone);
    const delivered = deliveredAfter(card, day);
    since = day;
    counted.skus.forEach((sku, row) => {
      const shelf = counted.shelf[row] ?? 0;
      const backroom = counted.backroom[row] ?? 0;
      counts.set(sku, { shelf, backroom, total: shelf + backroom, delivered: delivered.get(sku) ?? 0 });
    });
  }
  return { counts, since, kept: new Set(visits.flatMap(({ kept }) => kept)) };
}

function deliveredAfter(card: Card | null, day: Day): Map<number, number> {
  const sums = new Map<number, number>();
  for (const delivery of card ? pastDeliveries(card) : []) {
    if (delivery.day <= day) continue;
    for (const [sku, pieces] of delivery.quantities) sums.set(sku, (sums.get(sku) ?? 0) + pieces);
  }
  return sums;
}
