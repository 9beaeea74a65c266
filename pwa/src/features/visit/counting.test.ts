import { describe, expect, it } from 'vitest';
import {
  confirmJump,
  emptyBackroomForRest,
  isCounted,
  jumpOf,
  onCountList,
  progressOf,
  restWithLast,
  restWithoutBackroom,
  stepCount,
  takeLast,
  takeLastForRest,
  typeCount,
} from './counting';
import { emptyRow } from './draft';
import type { SkuFacts } from './facts';
import { card, makeDraft, makeSetting } from './fixture.testing';

const setting = makeSetting();
const sku = setting.facts.skus[0] as SkuFacts;

describe('a row of the count', () => {
  it('is not counted before a number stands in both places, and zero is a number', () => {
    const row = emptyRow();
    expect(isCounted(row)).toBe(false);
    typeCount(row, 'shelf', 0);
    expect(isCounted(row)).toBe(false);
    typeCount(row, 'backroom', 0);
    expect(isCounted(row)).toBe(true);
  });

  it('starts from the last count at the first tap on minus or plus', () => {
    const row = emptyRow();
    stepCount(row, sku, 'shelf', -1);
    expect(row.shelf).toBe(9);
    stepCount(row, sku, 'backroom', 1);
    expect(row.backroom).toBe(13);
  });

  it('never goes below none', () => {
    const row = emptyRow();
    typeCount(row, 'shelf', 0);
    stepCount(row, sku, 'shelf', -1);
    expect(row.shelf).toBe(0);
  });

  it('keeps apart what was taken over and what was typed', () => {
    const same = emptyRow();
    takeLast(same, sku);
    expect(same).toMatchObject({ shelf: 10, backroom: 12, source: 's' });
    const half = emptyRow();
    typeCount(half, 'shelf', 4);
    takeLast(half, sku);
    expect(half).toMatchObject({ shelf: 4, backroom: 12, source: 't' });
  });

  it('is empty again when the number is taken back', () => {
    const row = emptyRow();
    typeCount(row, 'shelf', 4);
    typeCount(row, 'shelf', null);
    expect(row.source).toBe('');
  });

  it('is asked about once when it is far from last count and deliveries', () => {
    const row = emptyRow();
    typeCount(row, 'shelf', 40);
    expect(jumpOf(row, sku)).toBeNull();
    typeCount(row, 'backroom', 0);
    expect(jumpOf(row, sku)).toBe('grew');
    confirmJump(row);
    expect(row.source).toBe('c');
    typeCount(row, 'shelf', 50);
    expect(jumpOf(row, sku)).toBeNull();
  });

  it('is not asked about when it was taken over', () => {
    const row = emptyRow();
    takeLast(row, sku);
    expect(jumpOf(row, sku)).toBeNull();
  });
});

describe('the count', () => {
  it('has what the card knows and what every such outlet must sell', () => {
    const fewer = makeSetting({
      skus: [5],
      stock: { at: card.stock.at, shelf: [1], backroom: [0], delivered: [0] },
    });
    const draft = makeDraft(fewer);
    expect(onCountList(draft, fewer.facts.skus).map(({ id }) => id)).toEqual([1, 2, 3, 5]);
  });

  it('fills the rest as last time in one tap', () => {
    const draft = makeDraft(setting);
    const row = draft.counts[3];
    if (row) typeCount(row, 'shelf', 2);
    expect(progressOf(draft, setting.facts.skus, 'shelf')).toEqual({ here: 1, total: 40 });
    expect(restWithLast(draft, setting.facts.skus)).toBe(40);
    takeLastForRest(draft, setting.facts.skus);
    expect(Object.values(draft.counts).every(isCounted)).toBe(true);
    expect(Object.values(draft.counts).filter(({ source }) => source === 's')).toHaveLength(39);
  });

  it('takes nothing over at a first visit, and says "nothing in the backroom" in one tap', () => {
    const first = makeSetting({ skus: [], stock: { at: null, shelf: [], backroom: [], delivered: [] } });
    const draft = makeDraft(first);
    for (const row of Object.values(draft.counts)) typeCount(row, 'shelf', 3);
    expect(restWithLast(draft, first.facts.skus)).toBe(0);
    expect(restWithoutBackroom(draft, first.facts.skus)).toBe(3);
    emptyBackroomForRest(draft, first.facts.skus);
    expect(Object.values(draft.counts).every(isCounted)).toBe(true);
  });
});
