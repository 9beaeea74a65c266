import { localName } from '@/i18n/names';
import type { Card, Catalogue, Manifest, Stop } from '@/api';
import type { Position } from '@/domain/distance';
import { visitsBetween, addDays, type Day } from '@/domain/journeyPlan';
import { lastCounts, type Daybook } from '@/storage';
import type { Deeds } from '@/features/day/book';

/** done: visited today · draft: begun, not finished · passed: a later stop was visited first · planned: to come. */
export type StopState = 'done' | 'draft' | 'passed' | 'planned';

export interface AgendaStop {
  readonly outletId: number;
  readonly name: string;
  readonly nameEn: string;
  readonly address: string;
  readonly outletClass: string;
  readonly position: Position | null;
  readonly plannedMinute: number | null;
  /** 1 for the first stop of the day's order; null for what was borrowed beside the plan. */
  readonly place: number | null;
  readonly state: StopState;
  /** Of the last visit today: an outcome without an order, and the order's value in minor units. */
  readonly outcome: string | null;
  readonly orderMinor: number | null;
  /** Products that will want an order, as far as the book knows. */
  readonly due: number;
  readonly hasCard: boolean;
}

/** The day's stops in the rep's own order (the last one saved), the plan's where there is none. */
export function agendaOf({ manifest, cards, catalogue }: Daybook, deeds: Deeds, today: Day): AgendaStop[] {
  const stops = ordered(manifest.stops, ownOrder(deeds, manifest.lease.day));
  const planned = new Set(stops.map((stop) => stop.outlet_id));
  const borrowed = manifest.cards.map(([id]) => id).filter((id) => !planned.has(id));
  const inBook = [...cards.values()].filter((card) => card.visits.some(([visited]) => visited === today));
  const done = new Set([...deeds.visits.map(({ body }) => body.outlet_id), ...inBook.map(({ id }) => id)]);
  const lastDone = stops.reduce((last, stop, index) => (done.has(stop.outlet_id) ? index : last), -1);
  const row = (outletId: number, stop: Stop | null, index: number): AgendaStop => ({
    ...described(outletId, cards.get(outletId), catalogue, today),
    ...resultOf(outletId, deeds),
    plannedMinute: stop?.planned_minute ?? null,
    place: stop ? index + 1 : null,
    state: stateOf(outletId, deeds, done, stop !== null && index < lastDone),
  });
  return [
    ...stops.map((stop, index) => row(stop.outlet_id, stop, index)),
    ...borrowed.map((id) => row(id, null, -1)),
  ];
}

/** Where to go now: what was begun; else the first stop after the last one visited; else what was passed. */
export function nextStop(agenda: readonly AgendaStop[]): AgendaStop | null {
  const open = agenda.filter((stop) => stop.place !== null);
  return (
    agenda.find((stop) => stop.state === 'draft') ??
    open.find((stop) => stop.state === 'planned') ??
    open.find((stop) => stop.state === 'passed') ??
    null
  );
}

/** The rep's own order of a day, as last saved; null: the plan's. */
export function ownOrder(deeds: Deeds, day: Day): readonly number[] | null {
  return deeds.reorders.filter(({ body }) => body.day === day).at(-1)?.body.outlet_ids ?? null;
}

/** Stops that came into the plan after the rep ordered it keep their place after the one before them. */
function ordered(stops: readonly Stop[], ids: readonly number[] | null): Stop[] {
  if (!ids) return [...stops];
  const known = new Map(stops.map((stop) => [stop.outlet_id, stop]));
  const result = ids.flatMap((id) => known.get(id) ?? []);
  stops.forEach((stop, index) => {
    if (ids.includes(stop.outlet_id)) return;
    const before = stops[index - 1];
    const at = before ? result.indexOf(before) + 1 : 0;
    result.splice(at, 0, stop);
  });
  return result;
}

function described(outletId: number, card: Card | undefined, catalogue: Catalogue | null, today: Day) {
  return {
    outletId,
    name: card?.name ?? `#${outletId}`,
    nameEn: card?.name_en ?? '',
    address: card?.address ?? '',
    outletClass: card?.outlet_class ?? '',
    position: card ? positionOf(card) : null,
    // Version 0 is a light card: it knows nothing of the shelf.
    due: card?.version && catalogue ? dueProducts(card, catalogue, today) : 0,
    hasCard: card !== undefined,
  };
}

export function positionOf(place: { latitude: number | null; longitude: number | null }): Position | null {
  const { latitude, longitude } = place;
  return latitude === null || longitude === null ? null : { latitude, longitude };
}

function stateOf(
  outletId: number,
  deeds: Deeds,
  done: ReadonlySet<number | null>,
  isBehind: boolean,
): StopState {
  if (deeds.drafts.includes(`visit:${outletId}`)) return 'draft';
  if (done.has(outletId)) return 'done';
  return isBehind ? 'passed' : 'planned';
}

function resultOf(outletId: number, deeds: Deeds): Pick<AgendaStop, 'outcome' | 'orderMinor'> {
  const last = deeds.visits.filter(({ body }) => body.outlet_id === outletId).at(-1)?.body;
  return { outcome: last?.outcome ?? null, orderMinor: last?.order?.total_minor ?? null };
}

/**
 * How many SKUs will surely want an order here: must-sell ones that were not there at the last count, others that stood at
 * zero with nothing delivered since, and new ones that the outlet does not have. The rest is known after counting.
 */
export function dueProducts(card: Card, catalogue: Catalogue, today: Day): number {
  const counts = lastCounts(card);
  const mustSell = new Set(catalogue.must_sell[card.outlet_class] ?? []);
  return catalogue.skus.filter((sku) => {
    const last = counts.get(sku.id);
    const isThere = (last?.total ?? 0) + (last?.delivered ?? 0) > 0;
    if (isThere) return false;
    const isNew = sku.new_until !== null && sku.new_until >= today;
    return mustSell.has(sku.id) || isNew || last?.total === 0;
  }).length;
}

/** The next day with stops, as far as cards and index can tell; null when neither knows one. */
export function nextDayWithStops(book: Daybook, today: Day): Day | null {
  const { cycle_anchor, holidays } = book.manifest;
  const last = addDays(today, 28);
  const rules = [...book.cards.values()].flatMap((card) =>
    card.rules.map(([weekday, weeks, phase]) => ({ weekday, weeks, phase })),
  );
  const weekly = book.index.flatMap((entry) =>
    entry.weekdays.map((weekday) => ({ weekday, weeks: 1, phase: 0 })),
  );
  const days = visitsBetween([...rules, ...weekly], addDays(today, 1), last, cycle_anchor, holidays);
  return days[0] ?? null;
}

export function routeNames(manifest: Manifest): string {
  return manifest.routes.map((route) => localName(route) || route.code).join('、');
}
