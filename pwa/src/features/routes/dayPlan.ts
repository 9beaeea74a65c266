/** A weekday's stops while a person arranges them. */
export interface DayStop {
  outlet_id: number;
  code: string;
  name: string;
  address: string;
  outlet_class: string;
  weeks: number;
  phase: number;
  planned_minute: number | null;
}

/** The list with the stop at `index` moved to `to`; unchanged when either place does not exist. */
export function moved<T>(list: readonly T[], index: number, to: number): T[] {
  const next = [...list];
  if (to < 0 || to >= list.length || index < 0 || index >= list.length) return next;
  const [stop] = next.splice(index, 1);
  if (stop !== undefined) next.splice(to, 0, stop);
  return next;
}

/** The stops in a proposed order with its planned times; those that the proposal does not name stay at the end. */
export function reordered(
  stops: readonly DayStop[],
  proposal: readonly { outlet_id: number; planned_minute: number }[],
): DayStop[] {
  const byOutlet = new Map(stops.map((stop) => [stop.outlet_id, stop]));
  const next: DayStop[] = [];
  for (const { outlet_id, planned_minute } of proposal) {
    const stop = byOutlet.get(outlet_id);
    if (stop) next.push({ ...stop, planned_minute });
    byOutlet.delete(outlet_id);
  }
  return [...next, ...byOutlet.values()];
}

/** What the server is told. */
export function planOf(stops: readonly DayStop[]) {
  return stops.map(({ outlet_id, weeks, phase, planned_minute }) => ({
    outlet_id,
    weeks,
    phase,
    planned_minute,
  }));
}

export function sameStops(a: readonly DayStop[], b: readonly DayStop[]): boolean {
  return JSON.stringify(planOf(a)) === JSON.stringify(planOf(b));
}

/** Week cycles as one choice: `2.1` is every second week, the second of them (B). */
export const cycles = ['1.0', '2.0', '2.1', '4.0', '4.1', '4.2', '4.3'] as const;

export function cycleOf(stop: Pick<DayStop, 'weeks' | 'phase'>): string {
  return `${stop.weeks}.${stop.phase}`;
}

export function withCycle(stop: DayStop, cycle: string): DayStop {
  const [weeks = 1, phase = 0] = cycle.split('.').map(Number);
  return { ...stop, weeks, phase };
}
