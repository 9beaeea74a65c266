import type { Problem } from './problem';
import { MAX_PIECES, numberProblem, wholeNumber } from './quantity';

/** Why a quantity is not the suggested one. */
export const CHANGE_REASONS = [
  'owner_wants_more',
  'owner_wants_less',
  'no_space',
  'no_cash',
  'promotion',
  'competitor',
  'other',
] as const;

export type ChangeReason = (typeof CHANGE_REASONS)[number];

/** The highest price of one piece in minor units; totals of 1,000 lines stay below 2^53. */
export const MAX_PIECE_MINOR = 10_000_000;
export const MAX_LINES = 1_000;

export interface OrderLine {
  readonly skuId: number;
  /** Pieces. */
  readonly quantity: number;
  /** Pieces; null: nothing was suggested for this SKU. */
  readonly suggested: number | null;
  /** Price of one piece in minor units (fen). */
  readonly pieceMinor: number;
  readonly pack: number;
  readonly reason: string;
  /** Single pieces are sold too. */
  readonly loose?: boolean;
}

/** A SKU that was suggested and not ordered: the order has no line of zero pieces, the change keeps its
 * reason. */
export interface Declined {
  readonly skuId: number;
  readonly suggested: number;
  readonly reason: string;
}

/** Minor units. Throws DomainError for `quantity`, `piece_minor`. */
export function lineTotal(quantity: number, pieceMinor: number): number {
  return wholeNumber('quantity', quantity) * wholeNumber('piece_minor', pieceMinor, 0, MAX_PIECE_MINOR);
}

/** Minor units, exact. */
export function orderTotal(lines: Iterable<Pick<OrderLine, 'quantity' | 'pieceMinor'>>): number {
  let total = 0;
  for (const line of lines) total += lineTotal(line.quantity, line.pieceMinor);
  return total;
}

/**
 * What keeps an order from being right, by field (`lines.0.quantity`, counted from 0) and rule; empty when it
 * is. The rules are those of server/domain/orders.py; both sides read tests/contracts/orders.json.
 */
export function orderProblems(lines: readonly OrderLine[], declined: readonly Declined[] = []): Problem[] {
  if (lines.length === 0) return [{ field: 'lines', rule: 'required' }];
  if (lines.length > MAX_LINES) return [{ field: 'lines', rule: 'at_most', params: { most: MAX_LINES } }];
  const problems: Problem[] = [];
  const seen = new Set<number>();
  const once = (skuId: number, path: string) => {
    if (seen.has(skuId)) problems.push({ field: `${path}.sku_id`, rule: 'twice' });
    seen.add(skuId);
  };
  lines.forEach((line, index) => {
    once(line.skuId, `lines.${index}`);
    problems.push(...lineProblems(`lines.${index}`, line));
  });
  declined.forEach((gone, index) => {
    once(gone.skuId, `declined.${index}`);
    const rule = reasonRule(gone.reason, gone.suggested !== 0);
    if (rule) problems.push({ field: `declined.${index}.reason`, rule });
  });
  return problems;
}

function lineProblems(path: string, line: OrderLine): Problem[] {
  const { quantity, suggested, pack } = line;
  let wrong = numberProblem(`${path}.quantity`, quantity, 1, MAX_PIECES);
  const wrongPack = numberProblem(`${path}.pack`, pack, 1, MAX_PIECES);
  if (!wrong && !wrongPack && !line.loose && quantity % pack !== 0) {
    wrong = { field: `${path}.quantity`, rule: 'multiple_of_pack', params: { pack } };
  }
  const rule = reasonRule(line.reason, suggested !== null && suggested !== quantity);
  return [
    wrong,
    wrongPack,
    numberProblem(`${path}.piece_minor`, line.pieceMinor, 0, MAX_PIECE_MINOR),
    suggested === null ? null : numberProblem(`${path}.suggested`, suggested, 0),
    rule ? { field: `${path}.reason`, rule } : null,
  ].filter((problem) => problem !== null);
}

function reasonRule(reason: string, changed: boolean): string | null {
  if (reason === '') return changed ? 'reason_required' : null;
  return CHANGE_REASONS.some((known) => known === reason) ? null : 'reason_unknown';
}
