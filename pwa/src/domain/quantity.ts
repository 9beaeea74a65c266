import { DomainError } from './problem';
import type { Problem } from './problem';

/** The most that one count, one order line or one delivery line may hold. */
export const MAX_PIECES = 100_000;

/** The most that a sum over many deliveries may hold; times the largest factor in thousandths it is 2e13,
 * still exact. */
export const MAX_SUM = 1_000_000_000;

export const MAX_FACTOR = 20;

/** What keeps a value from being a whole number from `least` to `most`, or null. */
export function numberProblem(field: string, value: unknown, least: number, most?: number): Problem | null {
  if (typeof value !== 'number' || !Number.isInteger(value)) return { field, rule: 'whole_number' };
  if (value < least) return { field, rule: 'at_least', params: { least } };
  return most !== undefined && value > most ? { field, rule: 'at_most', params: { most } } : null;
}

/** The value, when it is a whole number from `least` to `most`; else a DomainError that names the field. */
export function wholeNumber(field: string, value: unknown, least = 0, most = MAX_PIECES): number {
  const problem = numberProblem(field, value, least, most);
  if (problem) throw new DomainError(field, problem.rule, problem.params);
  return Number(value) + 0; // +0, so that -0 never travels on
}

/** A safety factor (0 to 20) as whole thousandths, the nearest one, halves upward. Integers from here on. */
export function factorInThousandths(factor: unknown): number {
  if (typeof factor !== 'number') throw new DomainError('factor', 'number');
  if (!Number.isFinite(factor)) throw new DomainError('factor', 'finite');
  if (factor < 0) throw new DomainError('factor', 'at_least', { least: 0 });
  if (factor > MAX_FACTOR) throw new DomainError('factor', 'at_most', { most: MAX_FACTOR });
  return Math.floor(factor * 1000 + 0.5);
}

/** Pieces in `cases` full cases of `pack` pieces and `units` loose ones, 0 to 100,000. `units` may exceed
 * `pack`. */
export function pieces(cases: number, units: number, pack: number): number {
  const full = wholeNumber('cases', cases);
  const loose = wholeNumber('units', units);
  return wholeNumber('pieces', full * wholeNumber('pack', pack, 1) + loose);
}

export interface CasesAndUnits {
  readonly cases: number;
  readonly units: number;
}

/** A number of pieces said as full cases and loose units. */
export function split(quantity: number, pack: number): CasesAndUnits {
  const all = wholeNumber('quantity', quantity, 0, MAX_SUM);
  const each = wholeNumber('pack', pack, 1);
  return { cases: Math.floor(all / each), units: all % each };
}
