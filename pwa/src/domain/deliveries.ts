import type { Problem } from './problem';
import { MAX_PIECES, numberProblem } from './quantity';

/** Why less was handed over than was ordered. */
export const SHORT_REASONS = ['short', 'refused', 'damaged', 'other'] as const;

export type DeliveryStatus = 'delivered' | 'partly' | 'refused';

/** Pieces ordered and pieces handed over of one SKU. */
export interface DeliveryLine {
  readonly skuId: number;
  readonly ordered: number;
  readonly delivered: number;
  readonly reason: string;
}

/** What keeps a delivery from being right, by field and rule; empty when it is. As
 * server/domain/deliveries.py. */
export function deliveryProblems(lines: readonly DeliveryLine[]): Problem[] {
  if (lines.length === 0) return [{ field: 'lines', rule: 'required' }];
  const problems: Problem[] = [];
  const seen = new Set<number>();
  lines.forEach((line, index) => {
    if (seen.has(line.skuId)) problems.push({ field: `lines.${index}.sku_id`, rule: 'twice' });
    seen.add(line.skuId);
    const problem = lineProblem(`lines.${index}`, line);
    if (problem) problems.push(problem);
  });
  return problems;
}

/** `delivered`: every line in full; `refused`: nothing; else `partly`. */
export function deliveryStatus(lines: readonly DeliveryLine[]): DeliveryStatus {
  if (lines.every((line) => line.delivered === line.ordered)) return 'delivered';
  return lines.every((line) => line.delivered === 0) ? 'refused' : 'partly';
}

function lineProblem(path: string, line: DeliveryLine): Problem | null {
  const most = Math.min(line.ordered, MAX_PIECES);
  const wrong = numberProblem(`${path}.delivered`, line.delivered, 0, most);
  if (wrong) return wrong;
  if (line.reason !== '' && !SHORT_REASONS.some((known) => known === line.reason)) {
    return { field: `${path}.reason`, rule: 'reason_unknown' };
  }
  const short = line.delivered < line.ordered && line.reason === '';
  return short ? { field: `${path}.reason`, rule: 'reason_required' } : null;
}
