/** The figures of a rep's day; one definition each, in server/domain/kpis.py. Both sides read
 * tests/contracts/kpis.json. */

/** A stop is kept when it is reached within half an hour of its planned time. */
export const WINDOW_MINUTES = 30;

/** A stop of the day's plan, given in sequence. `window`: first and last minute of the local day, both
 * included. */
export interface PlannedStop {
  readonly outletId: number;
  readonly window: readonly [number, number] | null;
}

/** A call made, given in the order of check-ins. */
export interface Call {
  readonly outletId: number;
  /** Minutes after local midnight at check-in. */
  readonly minute: number;
  /** Nothing left open. */
  readonly complete: boolean;
  /** 0 is no order. */
  readonly orderLines: number;
  readonly orderMinor: number;
  readonly skusCounted: number;
  readonly skusZero: number;
  readonly mslRequired: number;
  readonly mslPresent: number;
}

/** Counts, and ratios from 0 to 1; null: no denominator. */
export interface DayKpis {
  readonly planned: number;
  readonly plannedVisited: number;
  readonly unplanned: number;
  readonly calls: number;
  readonly productive: number;
  /** Planned stops visited ÷ planned stops. */
  readonly completion: number | null;
  /** Productive calls ÷ calls made. */
  readonly strikeRate: number | null;
  /** Order lines ÷ productive calls. */
  readonly linesPerCall: number | null;
  /** Order value ÷ productive calls, minor units, halves upward. */
  readonly dropSizeMinor: number | null;
  readonly orderMinor: number;
  readonly skusCounted: number;
  /** Zero counts ÷ SKUs counted. */
  readonly outOfStockRate: number | null;
  /** Must-sell SKUs present ÷ required. */
  readonly mslCompliance: number | null;
  /** Planned stops visited in the planned order ÷ planned stops visited. */
  readonly adherenceSequence: number | null;
  /** Planned stops visited within their time window ÷ those visited that have one. */
  readonly adherenceWindow: number | null;
  /** Planned stops visited with nothing left open ÷ planned stops. */
  readonly adherenceCompleteness: number | null;
}

export function windowAround(plannedMinute: number | null): readonly [number, number] | null {
  if (plannedMinute === null) return null;
  return [Math.max(0, plannedMinute - WINDOW_MINUTES), Math.min(1439, plannedMinute + WINDOW_MINUTES)];
}

/** A stop visited twice is one planned stop visited and two calls; its first call tells when it was reached.
 * */
export function dayKpis(plan: readonly PlannedStop[], calls: readonly Call[]): DayKpis {
  const place = new Map(plan.map((stop, index) => [stop.outletId, index]));
  const windows = new Map(plan.map((stop) => [stop.outletId, stop.window]));
  const reached = new Map<number, Call>();
  for (const call of calls) {
    if (place.has(call.outletId) && !reached.has(call.outletId)) reached.set(call.outletId, call);
  }
  const first = [...reached.values()];
  const timed = first.filter((call) => windows.get(call.outletId));
  const inWindow = timed.filter((call) => within(call.minute, windows.get(call.outletId) ?? null));
  const completed = new Set(
    calls.filter((call) => call.complete && place.has(call.outletId)).map((call) => call.outletId),
  );
  const productive = calls.filter((call) => call.orderLines > 0).length;
  const orderMinor = sum(calls, (call) => call.orderMinor);
  const skusCounted = sum(calls, (call) => call.skusCounted);
  return {
    planned: place.size,
    plannedVisited: first.length,
    unplanned: calls.filter((call) => !place.has(call.outletId)).length,
    calls: calls.length,
    productive,
    completion: ratio(first.length, place.size),
    strikeRate: ratio(productive, calls.length),
    linesPerCall: ratio(
      sum(calls, (call) => call.orderLines),
      productive,
    ),
    dropSizeMinor: productive ? Math.floor((2 * orderMinor + productive) / (2 * productive)) : null,
    orderMinor,
    skusCounted,
    outOfStockRate: ratio(
      sum(calls, (call) => call.skusZero),
      skusCounted,
    ),
    mslCompliance: ratio(
      sum(calls, (call) => call.mslPresent),
      sum(calls, (call) => call.mslRequired),
    ),
    adherenceSequence: ratio(longestRise(first.map((call) => place.get(call.outletId) ?? 0)), first.length),
    adherenceWindow: ratio(inWindow.length, timed.length),
    adherenceCompleteness: ratio(completed.size, place.size),
  };
}

export function ratio(part: number, whole: number): number | null {
  return whole ? part / whole : null;
}

function within(minute: number, window: readonly [number, number] | null): boolean {
  return window !== null && minute >= window[0] && minute <= window[1];
}

function sum(calls: readonly Call[], of: (call: Call) => number): number {
  return calls.reduce((total, call) => total + of(call), 0);
}

/** Length of the longest increasing subsequence: the most stops that were kept in their order. */
function longestRise(places: readonly number[]): number {
  const tails: number[] = [];
  for (const place of places) {
    const spot = tails.findIndex((tail) => tail >= place);
    tails[spot === -1 ? tails.length : spot] = place;
  }
  return tails.length;
}
