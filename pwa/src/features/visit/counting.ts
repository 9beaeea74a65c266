import { MAX_PIECES } from '@/domain/quantity';
import { jump, type JumpKind } from '@/domain/visits';
import { emptyRow, type CountRow, type VisitDraft } from './draft';
import type { SkuFacts } from './facts';

export type Place = 'shelf' | 'backroom';

/** A SKU is counted when both places have a number. Zero is a number, an empty place is none. */
export function isCounted(row: CountRow | undefined): boolean {
  return row !== undefined && row.shelf !== null && row.backroom !== null;
}

/** Pieces in both places; null until both are counted. */
export function countOf(row: CountRow | undefined): number | null {
  if (!row || row.shelf === null || row.backroom === null) return null;
  return row.shelf + row.backroom;
}

export function lastIn(facts: SkuFacts, place: Place): number | null {
  return place === 'shelf' ? facts.lastShelf : facts.lastBackroom;
}

/** A number by keypad; null takes it back. */
export function typeCount(row: CountRow, place: Place, value: number | null): void {
  row[place] = value === null ? null : Math.min(MAX_PIECES, Math.max(0, Math.trunc(value)));
  row.source = row.shelf === null && row.backroom === null ? '' : 't';
}

/** One tap on + or −: an uncounted place starts from what was there last time. */
export function stepCount(row: CountRow, facts: SkuFacts, place: Place, by: number): void {
  typeCount(row, place, (row[place] ?? lastIn(facts, place) ?? 0) + by);
}

/** A touch that turned out to be a scroll: the row is as it was. */
export function restoreRow(row: CountRow, before: CountRow): void {
  Object.assign(row, before);
}

/** "Same as last" for one SKU: fills what is still empty. False when there is no last count. */
export function takeLast(row: CountRow, facts: SkuFacts): boolean {
  if (isCounted(row) || facts.lastShelf === null || facts.lastBackroom === null) return false;
  const untouched = row.shelf === null && row.backroom === null;
  row.shelf ??= facts.lastShelf;
  row.backroom ??= facts.lastBackroom;
  row.source = untouched ? 's' : 't';
  return true;
}

/** How many SKUs of the list "as last time" would fill. */
export function restWithLast(draft: VisitDraft, skus: readonly SkuFacts[]): number {
  return skus.filter((facts) => facts.last !== null && !isCounted(draft.counts[facts.id])).length;
}

/** "The remaining N as last time". */
export function takeLastForRest(draft: VisitDraft, skus: readonly SkuFacts[]): void {
  for (const facts of skus) {
    const row = draft.counts[facts.id];
    if (row) takeLast(row, facts);
  }
}

/** SKUs with a shelf count whose backroom is still empty and was never counted. */
export function restWithoutBackroom(draft: VisitDraft, skus: readonly SkuFacts[]): number {
  return skus.filter((facts) => lacksBackroom(draft.counts[facts.id], facts)).length;
}

/** "Nothing in the backroom" for those. */
export function emptyBackroomForRest(draft: VisitDraft, skus: readonly SkuFacts[]): void {
  for (const facts of skus) {
    const row = draft.counts[facts.id];
    if (row && lacksBackroom(row, facts)) typeCount(row, 'backroom', 0);
  }
}

function lacksBackroom(row: CountRow | undefined, facts: SkuFacts): boolean {
  return row !== undefined && facts.last === null && row.shelf !== null && row.backroom === null;
}

/** A SKU found in the shop that is not on the list. */
export function addSku(draft: VisitDraft, sku: number): void {
  draft.counts[sku] ??= emptyRow();
}

/** Whether the rep is to be asked about a typed number: far from the last count and what was delivered since. */
export function jumpOf(row: CountRow | undefined, facts: SkuFacts): JumpKind | null {
  const count = countOf(row);
  if (count === null || row?.source !== 't' || row.asked) return null;
  return jump({ lastCount: facts.last, delivered: facts.delivered, count, pack: facts.pack });
}

/** The answer "yes, that is right". */
export function confirmJump(row: CountRow): void {
  row.source = 'c';
  row.asked = true;
}

export interface CountProgress {
  /** SKUs with a number in this place. */
  readonly here: number;
  readonly total: number;
}

export function progressOf(draft: VisitDraft, skus: readonly SkuFacts[], place: Place): CountProgress {
  const here = skus.filter(({ id }) => (draft.counts[id]?.[place] ?? null) !== null).length;
  return { here, total: skus.length };
}

/** Only one place of this SKU has a number. */
export function isHalf(row: CountRow): boolean {
  return (row.shelf === null) !== (row.backroom === null);
}

/** The SKUs of the count screen: the list, and what was added in the shop. */
export function onCountList(draft: VisitDraft, skus: readonly SkuFacts[]): SkuFacts[] {
  return skus.filter((facts) => facts.id in draft.counts);
}
