import type { Card, Catalogue, Manifest } from '@/api';
import type { Position } from '@/domain/distance';
import { businessDate, type Day, type StopRule, type Weekday } from '@/domain/journeyPlan';
import { lastCounts } from '@/storage/card';
import { nothingOwn, type OwnKnowledge } from './own-visits';

/** What the book knows of one SKU at this outlet. Quantities in pieces. */
export interface SkuFacts {
  readonly id: number;
  readonly name: string;
  readonly nameEn: string;
  readonly brandId: number;
  readonly pack: number;
  /** On the count list: counted or sold here before, or to be sold by every outlet of this class. */
  readonly listed: boolean;
  readonly lastShelf: number | null;
  readonly lastBackroom: number | null;
  /** Shelf and backroom together; null when it was never counted here. */
  readonly last: number | null;
  /** Handed over since that count. */
  readonly delivered: number;
  readonly mustSell: boolean;
  readonly isNew: boolean;
  /** Minor units a piece; null when the price list does not have it. */
  readonly pieceMinor: number | null;
}

export interface OutletFacts {
  readonly outletId: number | null;
  readonly proposalId: string | null;
  readonly name: string;
  readonly nameEn: string;
  readonly position: Position | null;
  readonly contacts: Card['contacts'];
  readonly promises: Card['promises'];
  readonly notes: Card['notes'];
  readonly assets: Card['assets'];
  readonly priceList: string;
  /** The day of the last count; null before the first. */
  readonly since: Day | null;
  readonly rules: readonly StopRule[];
  readonly truckWeekdays: readonly Weekday[];
  /** In the fixed brand → pack order. */
  readonly skus: readonly SkuFacts[];
}

/** A store that is only proposed so far, as the phone's own form took it down. */
export interface ProposedOutlet {
  readonly proposalId: string;
  readonly name: string;
  readonly outletClass: string;
  readonly position: Position | null;
}

export function factsOfCard(
  card: Card,
  catalogue: Catalogue,
  manifest: Manifest,
  today: Day,
  own: OwnKnowledge = nothingOwn,
): OutletFacts {
  const routeId = manifest.stops.find((stop) => stop.outlet_id === card.id)?.route_id ?? card.rules[0]?.[3];
  return {
    outletId: card.id,
    proposalId: null,
    name: card.name,
    nameEn: card.name_en,
    position: positionOf(card.latitude, card.longitude),
    contacts: card.contacts,
    promises: card.promises.filter(({ id }) => !own.kept.has(id)),
    notes: card.notes,
    assets: card.assets,
    priceList: card.price_list || 'standard',
    since: own.since ?? dayOf(card.stock.at, manifest.timezone),
    rules: card.rules.map(([weekday, weeks, phase]) => ({ weekday, weeks, phase })),
    truckWeekdays: truckWeekdays(manifest, routeId),
    skus: skuFacts(catalogue, card.outlet_class, card.price_list || 'standard', today, card, own),
  };
}

export function factsOfProposal(
  proposed: ProposedOutlet,
  catalogue: Catalogue,
  manifest: Manifest,
  today: Day,
  own: OwnKnowledge = nothingOwn,
): OutletFacts {
  return {
    outletId: null,
    proposalId: proposed.proposalId,
    name: proposed.name,
    nameEn: '',
    position: proposed.position,
    contacts: [],
    promises: [],
    notes: [],
    assets: [],
    priceList: 'standard',
    since: own.since,
    rules: [],
    truckWeekdays: truckWeekdays(manifest, undefined),
    skus: skuFacts(catalogue, proposed.outletClass, 'standard', today, null, own),
  };
}

function skuFacts(
  catalogue: Catalogue,
  outletClass: string,
  priceList: string,
  today: Day,
  card: Card | null,
  own: OwnKnowledge,
): SkuFacts[] {
  const known = card ? lastCounts(card) : null;
  const mustSell = new Set(catalogue.must_sell[outletClass]);
  // A SKU missing from a special list is sold at the standard price.
  const prices = new Map([...(catalogue.prices['standard'] ?? []), ...(catalogue.prices[priceList] ?? [])]);
  return catalogue.skus.map((sku) => {
    // What this phone counted since the book was made is newer than what the card says.
    const last = own.counts.get(sku.id) ?? known?.get(sku.id);
    // Where one place was counted and the other is empty in the book, nothing was in the other.
    const counted = last !== undefined && last.total !== null;
    return {
      id: sku.id,
      name: sku.name,
      nameEn: sku.name_en,
      brandId: sku.brand_id,
      pack: sku.pack,
      listed: last !== undefined || mustSell.has(sku.id),
      lastShelf: counted ? (last.shelf ?? 0) : null,
      lastBackroom: counted ? (last.backroom ?? 0) : null,
      last: counted ? last.total : null,
      delivered: last?.delivered ?? 0,
      mustSell: mustSell.has(sku.id),
      isNew: sku.new_until !== null && sku.new_until >= today,
      pieceMinor: prices.get(sku.id) ?? null,
    };
  });
}

function truckWeekdays(manifest: Manifest, routeId: number | undefined): readonly Weekday[] {
  const route = manifest.routes.find((known) => known.id === routeId) ?? manifest.routes[0];
  return route?.truck_weekdays ?? [];
}

function dayOf(instant: string | null, timezone: string): Day | null {
  return instant === null ? null : businessDate(Date.parse(instant), timezone);
}

function positionOf(latitude: number | null, longitude: number | null): Position | null {
  return latitude === null || longitude === null ? null : { latitude, longitude };
}
