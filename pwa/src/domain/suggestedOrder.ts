import { MAX_SUM, factorInThousandths, wholeNumber } from './quantity';

export type Basis = 'measured' | 'first_visit' | 'stock_grew';

/** Pieces. `lastCount` null: a first visit; `delivered` (handed over since the last count) null: nothing. */
export interface SuggestionInput {
  readonly lastCount: number | null;
  readonly delivered: number | null;
  readonly count: number;
  readonly pack: number;
  /** 0 to 20, taken to the nearest thousandth; 1.5 when absent. */
  readonly factor?: number;
}

export interface Suggestion {
  /** Pieces sold since the last visit, never negative. */
  readonly sold: number;
  /** The safety stock in thousandths of a piece: 4.5 pieces are 4500. */
  readonly safetyThousandths: number;
  /** Pieces short of the safety stock, a started piece counted whole; before rounding to the pack. */
  readonly needed: number;
  /** Pieces, a multiple of the pack. */
  readonly suggested: number;
  readonly packs: number;
  readonly basis: Basis;
}

/**
 * What to order for one SKU: sold = last count + delivered − count, safety = sold × factor, suggested =
 * safety − count, none below zero, rounded up to the pack. The rule, its fallback for a first visit and for
 * stock that grew are those of server/domain/suggested_order.py; both sides read
 * tests/contracts/suggested_order.json. Throws DomainError.
 */
export function explain(input: SuggestionInput): Suggestion {
  const last = input.lastCount === null ? null : wholeNumber('last_count', input.lastCount, 0, MAX_SUM);
  const delivered = input.delivered === null ? 0 : wholeNumber('delivered', input.delivered, 0, MAX_SUM);
  const count = wholeNumber('count', input.count, 0, MAX_SUM);
  const pack = wholeNumber('pack', input.pack, 1, MAX_SUM);
  const thousandths = factorInThousandths(input.factor === undefined ? 1.5 : input.factor);

  const available = (last ?? 0) + delivered;
  const sold = Math.max(0, available - count);
  const safetyThousandths = sold * thousandths;
  const needed = Math.max(0, ceilDivide(safetyThousandths, 1000) - count);
  const firstPack = last === null && sold === 0 && count === 0;
  const packs = firstPack ? 1 : ceilDivide(needed, pack);
  const basis = last === null ? 'first_visit' : count > available ? 'stock_grew' : 'measured';
  return { sold, safetyThousandths, needed, suggested: packs * pack, packs, basis };
}

/** Pieces to suggest, a multiple of the pack. */
export function suggest(input: SuggestionInput): number {
  return explain(input).suggested;
}

/** Exact for whole numbers below 2^53, where a quotient in floating point may round up to the next whole. */
function ceilDivide(dividend: number, divisor: number): number {
  const rest = dividend % divisor;
  return (dividend - rest) / divisor + (rest > 0 ? 1 : 0);
}
