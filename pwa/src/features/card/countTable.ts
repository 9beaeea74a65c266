import type { Catalogue, Sku } from '@/api';
import { pastVisits, type OwnOperation } from '@/storage';
import type { Card } from '@/api';

/** The last counts of an outlet side by side: what a rep compares before the shelf. Pieces. */
export interface CountTable {
  /** Newest first; `isLocal`: counted on this phone, not yet in the book. */
  readonly columns: readonly { day: string; isLocal: boolean }[];
  readonly rows: readonly { sku: Sku; counts: readonly (number | null)[] }[];
}

const mostColumns = 4;

export function countTable(
  card: Card,
  catalogue: Catalogue,
  local: readonly OwnOperation<'visit.record'>[],
  dayOf: (instant: string) => string,
): CountTable {
  const own = [...local]
    .reverse()
    .filter(({ body }) => body.counts !== null)
    .map(({ body }) => ({ day: dayOf(body.in.at), isLocal: true, counts: ownCounts(body.counts) }));
  const book = pastVisits(card)
    .filter((visit) => visit.counts.size > 0)
    .map((visit) => ({ day: visit.day, isLocal: false, counts: visit.counts }));
  const columns = [...own, ...book].slice(0, mostColumns);
  const rows = catalogue.skus
    .map((sku) => ({ sku, counts: columns.map((column) => column.counts.get(sku.id) ?? null) }))
    .filter((row) => row.counts.some((count) => count !== null));
  return { columns: columns.map(({ day, isLocal }) => ({ day, isLocal })), rows };
}

function ownCounts(counts: OwnOperation<'visit.record'>['body']['counts']): ReadonlyMap<number, number> {
  if (!counts) return new Map();
  const { skus, shelf, backroom } = counts;
  return new Map(skus.map((sku, column) => [sku, (shelf[column] ?? 0) + (backroom[column] ?? 0)]));
}
