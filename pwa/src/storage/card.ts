import type { Card } from '@/api';

/** A card comes in columns parallel to `card.skus`; these functions read them by SKU. */

export interface LastCount {
  /** Instant of the last count; null: never counted here. */
  at: string | null;
  /** Pieces; null: this SKU was not counted then. */
  shelf: number | null;
  backroom: number | null;
  /** Shelf and backroom; null when neither was counted. */
  total: number | null;
  /** Pieces handed over since. */
  delivered: number;
}

const neverCounted: LastCount = { at: null, shelf: null, backroom: null, total: null, delivered: 0 };

export function lastCount(card: Card, skuId: number): LastCount {
  const column = card.skus.indexOf(skuId);
  return column < 0 ? neverCounted : countAt(card, column);
}

/** The last count of every SKU that the card knows. */
export function lastCounts(card: Card): Map<number, LastCount> {
  return new Map(card.skus.map((skuId, column) => [skuId, countAt(card, column)]));
}

function countAt(card: Card, column: number): LastCount {
  const shelf = card.stock.shelf[column] ?? null;
  const backroom = card.stock.backroom[column] ?? null;
  return {
    at: card.stock.at,
    shelf,
    backroom,
    total: sum(shelf, backroom),
    delivered: card.stock.delivered[column] ?? 0,
  };
}

function sum(shelf: number | null, backroom: number | null): number | null {
  return shelf === null && backroom === null ? null : (shelf ?? 0) + (backroom ?? 0);
}

export interface PastVisit {
  day: string;
  person: string;
  planned: boolean;
  outcome: string | null;
  /** Pieces by SKU, of what was counted. */
  counts: ReadonlyMap<number, number>;
}

/** Newest first. */
export function pastVisits(card: Card): PastVisit[] {
  return card.visits.map(([day, person, planned, outcome, shelf, backroom]) => ({
    day,
    person: person === null ? '' : (card.people[person] ?? ''),
    planned: Boolean(planned),
    outcome,
    counts: bySku(card, (column) => sum(shelf[column] ?? null, backroom[column] ?? null)),
  }));
}

export interface PastOrder {
  day: string;
  delivery_day: string | null;
  status: string;
  total_minor: number | null;
  quantities: ReadonlyMap<number, number>;
}

export function pastOrders(card: Card): PastOrder[] {
  return card.orders.map(([day, delivery_day, status, total_minor, quantities]) => ({
    day,
    delivery_day,
    status,
    total_minor,
    quantities: bySku(card, (column) => quantities[column] || null),
  }));
}

export interface PastDelivery {
  day: string;
  quantities: ReadonlyMap<number, number>;
}

export function pastDeliveries(card: Card): PastDelivery[] {
  return card.deliveries.map(([day, quantities]) => ({
    day,
    quantities: bySku(card, (column) => quantities[column] || null),
  }));
}

function bySku(card: Card, value: (column: number) => number | null): Map<number, number> {
  const found = new Map<number, number>();
  card.skus.forEach((skuId, column) => {
    const pieces = value(column);
    if (pieces !== null) found.set(skuId, pieces);
  });
  return found;
}
