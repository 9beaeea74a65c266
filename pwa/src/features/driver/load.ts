import type { Catalogue, LoadEntry, Sku } from '@/api';
import type { DeliveryStatus } from '@/domain/deliveries';
import type { OperationBodies, OwnOperation } from '@/storage';

type DeliveryBody = OperationBodies['delivery.record'];

/** One stop of the truck, with what this phone has recorded since the book was made. */
export interface TruckStop {
  readonly entry: LoadEntry;
  /** planned: not yet there. */
  readonly status: 'planned' | DeliveryStatus;
  readonly recorded: DeliveryBody | null;
}

/** The truck's stops in the book's order. What was recorded on this phone counts before what the book says. */
export function truckStops(
  load: readonly LoadEntry[],
  own: readonly OwnOperation<'delivery.record'>[],
): TruckStop[] {
  const records = new Map(own.map(({ body }) => [String(body.delivery_id), body]));
  return load.map((entry) => {
    const recorded = records.get(String(entry.delivery_id)) ?? null;
    return { entry, recorded, status: recorded?.status ?? statusOf(entry.status) };
  });
}

function statusOf(status: string): TruckStop['status'] {
  return status === 'delivered' || status === 'partly' || status === 'refused' ? status : 'planned';
}

export interface SheetLine {
  readonly sku: Sku;
  /** Whole packs of the SKU, and single pieces beside them. */
  readonly cases: number;
  readonly units: number;
  readonly pieces: number;
}

/** The load sheet: what is on the truck, by SKU in count order. An SKU that the catalogue lacks comes last, by its number. */
export function loadSheet(load: readonly LoadEntry[], catalogue: Catalogue | null): SheetLine[] {
  const sums = new Map<number, number>();
  for (const { lines } of load) {
    for (const { sku_id, ordered } of lines) sums.set(sku_id, (sums.get(sku_id) ?? 0) + ordered);
  }
  const known = (catalogue?.skus ?? []).filter((sku) => sums.has(sku.id));
  const unknown = [...sums.keys()].filter((id) => !known.some((sku) => sku.id === id)).map(nameless);
  return [...known, ...unknown].map((sku) => {
    const pieces = sums.get(sku.id) ?? 0;
    return { sku, pieces, cases: Math.floor(pieces / sku.pack), units: pieces % sku.pack };
  });
}

export function nameless(id: number): Sku {
  const name = `#${id}`;
  return { id, code: '', name, name_en: name, brand_id: 0, pack: 1, volume_ml: null, new_until: null };
}
