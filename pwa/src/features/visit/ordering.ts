import { orderTotal, type ChangeReason } from '@/domain/orders';
import { explain, type Suggestion } from '@/domain/suggestedOrder';
import { countOf } from './counting';
import type { VisitDraft } from './draft';
import type { SkuFacts } from './facts';

/** One SKU as the owner is asked about it. Quantities in pieces. */
export interface Choice {
  readonly facts: SkuFacts;
  /** Shelf and backroom now; null when it was not counted. */
  readonly count: number | null;
  readonly suggestion: Suggestion | null;
  /** 0 when there is nothing to suggest. */
  readonly suggested: number;
  readonly quantity: number;
  readonly reason: string;
  /** Must be sold here and is not there. */
  readonly gap: boolean;
  /** The quantity is not the suggested one and nobody has said why. */
  readonly wantsReason: boolean;
}

/** `factor` as the catalogue has it, in thousandths. */
export function choiceOf(draft: VisitDraft, facts: SkuFacts, factor: number): Choice {
  const count = countOf(draft.counts[facts.id]);
  const suggestion =
    count === null
      ? null
      : explain({
          lastCount: facts.last,
          delivered: facts.delivered,
          count,
          pack: facts.pack,
          factor: factor / 1000,
        });
  const suggested = suggestion?.suggested ?? 0;
  const line = draft.lines[facts.id];
  const quantity = line?.quantity ?? suggested;
  const reason = line?.reason ?? '';
  return {
    facts,
    count,
    suggestion,
    suggested,
    quantity,
    reason,
    gap: facts.mustSell && count === 0,
    wantsReason: quantity !== suggested && reason === '',
  };
}

export interface Choices {
  /** Something to order is suggested. */
  readonly suggested: readonly Choice[];
  /** Nothing is, and yet worth a word: must-sell gaps and new products. */
  readonly worthSaying: readonly Choice[];
  readonly others: readonly Choice[];
}

export function choicesOf(draft: VisitDraft, skus: readonly SkuFacts[], factor: number): Choices {
  const all = skus.map((facts) => choiceOf(draft, facts, factor));
  const rest = all.filter((choice) => choice.suggested === 0);
  const isWorth = ({ gap, facts, count }: Choice) => gap || (facts.isNew && !count);
  return {
    suggested: all.filter((choice) => choice.suggested > 0),
    worthSaying: rest.filter(isWorth),
    others: rest.filter((choice) => !isWorth(choice)),
  };
}

export function orderLines(choices: Choices): Choice[] {
  return [...choices.suggested, ...choices.worthSaying, ...choices.others].filter(
    (choice) => choice.quantity > 0,
  );
}

/** Minor units. */
export function totalOf(lines: readonly Choice[]): number {
  return orderTotal(lines.map(({ quantity, facts }) => ({ quantity, pieceMinor: facts.pieceMinor ?? 0 })));
}

/** Where the outcome is what the owner said, it is also why he wants none of what was suggested. */
const declinedBecause: Readonly<Record<string, ChangeReason>> = {
  enough_stock: 'owner_wants_less',
  no_cash: 'no_cash',
  competitor: 'competitor',
  other: 'other',
};

/** SKU, suggested pieces, reason: what was suggested and refused. */
export function declinedOf(choices: Choices, outcome: string | null): [number, number, string][] {
  if (outcome === null) {
    const refused = choices.suggested.filter((choice) => choice.quantity === 0);
    return refused.map(({ facts, suggested, reason }) => [facts.id, suggested, reason]);
  }
  const because = declinedBecause[outcome];
  return because ? choices.suggested.map(({ facts, suggested }) => [facts.id, suggested, because]) : [];
}

/** The reason used last comes first; the others keep their order. */
export function lastUsedFirst<T>(reasons: readonly T[], last: T | null): T[] {
  return last !== null && reasons.includes(last)
    ? [last, ...reasons.filter((reason) => reason !== last)]
    : [...reasons];
}
