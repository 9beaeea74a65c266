import { now } from '@/domain/clock';
import { businessDate } from '@/domain/journeyPlan';
import { ownOperations } from '@/storage';
import { readDaybook } from '@/sync';

export interface NextStop {
  readonly outletId: number;
  readonly name: string;
  readonly name_en: string;
}

/** The first stop after this one, in the route's order, that was not visited today; then from the top; null at the end. */
export async function nextStop(after: number | null): Promise<NextStop | null> {
  const book = await readDaybook();
  if (book.state !== 'open') return null;
  const { stops, timezone } = book.manifest;
  const today = businessDate(now(), timezone);
  const visits = await ownOperations('visit.record', { since: now() - 36 * 3_600_000 });
  const visited = new Set(
    visits
      .filter(({ capturedAt }) => businessDate(Date.parse(capturedAt), timezone) === today)
      .map(({ body }) => body.outlet_id),
  );
  const at = stops.findIndex((stop) => stop.outlet_id === after);
  const order = [...stops.slice(at + 1), ...stops.slice(0, at + 1)];
  const next = order.find((stop) => stop.outlet_id !== after && !visited.has(stop.outlet_id));
  const card = next && book.cards.get(next.outlet_id);
  return card ? { outletId: card.id, name: card.name, name_en: card.name_en } : null;
}
