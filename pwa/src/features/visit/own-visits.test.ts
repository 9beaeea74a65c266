import { describe, expect, it } from 'vitest';
import { card, catalogue, manifest, today } from './fixture.testing';
import { factsOfCard } from './facts';
import { choiceOf } from './ordering';
import { makeDraft, makeSetting } from './fixture.testing';
import { ownKnowledge } from './own-visits';
import { typeCount } from './counting';

const presence = (at: string) => ({ at, fix: null, distance_m: null });
const counted = (at: string, sku: number, shelf: number, backroom: number, kept: string[] = []) => ({
  in: presence(at),
  counts: { skus: [sku], shelf: [shelf], backroom: [backroom], source: 't' },
  kept,
});
/** The card counted 10 + 12 of each SKU a week ago; 24 of SKU 1 were handed over since, 6 of them after today's visit. */
const borrowed = {
  ...card,
  stock: { ...card.stock, delivered: card.skus.map((id) => (id === 1 ? 24 : 0)) },
  deliveries: [
    ['2026-11-24', card.skus.map((id) => (id === 1 ? 6 : 0))],
    ['2026-11-18', card.skus.map((id) => (id === 1 ? 18 : 0))],
  ] as typeof card.deliveries,
  promises: [{ id: 'p1', text: '冰柜', due: null, made_at: '2026-11-16', by: '' }] as typeof card.promises,
};
const factsWith = (visits: Parameters<typeof ownKnowledge>[0]) =>
  factsOfCard(borrowed, catalogue, manifest, today, ownKnowledge(visits, borrowed, manifest.timezone));

describe('a second visit before the next pull', () => {
  it('compares with what this phone counted, and adds only what was delivered on later days', () => {
    const [first, second] = factsWith([counted('2026-11-23T01:40:00.000Z', 1, 2, 3)]).skus;
    expect(first).toMatchObject({ lastShelf: 2, lastBackroom: 3, last: 5, delivered: 6 });
    expect(second).toMatchObject({ lastShelf: 10, lastBackroom: 12, last: 22, delivered: 0 });
  });

  it('takes the newest of several, also where one of them counted nothing', () => {
    const facts = factsWith([
      counted('2026-11-20T01:00:00.000Z', 1, 9, 9),
      counted('2026-11-23T01:40:00.000Z', 1, 1, 0),
      { in: presence('2026-11-23T05:00:00.000Z'), counts: null, kept: [] },
    ]);
    expect(facts.skus[0]).toMatchObject({ last: 1, lastShelf: 1, lastBackroom: 0 });
    expect(facts.since).toBe('2026-11-23');
  });

  it('lists a SKU that was found in the shop the first time', () => {
    const bare = { ...borrowed, skus: [], stock: { at: null, shelf: [], backroom: [], delivered: [] } };
    const own = ownKnowledge([counted('2026-11-23T01:40:00.000Z', 30, 4, 0)], bare, manifest.timezone);
    const facts = factsOfCard(bare, catalogue, manifest, today, own);
    expect(facts.skus.find(({ id }) => id === 30)).toMatchObject({ listed: true, last: 4 });
    expect(facts.skus.find(({ id }) => id === 31)).toMatchObject({ listed: false, last: null });
  });

  it('asks no more about a promise that was kept', () => {
    expect(factsWith([]).promises).toHaveLength(1);
    expect(factsWith([counted('2026-11-23T01:40:00.000Z', 1, 0, 0, ['p1'])]).promises).toEqual([]);
  });

  it('suggests from the own count: what stands there unchanged has not sold', () => {
    const setting = { ...makeSetting(), facts: factsWith([counted('2026-11-23T01:40:00.000Z', 2, 4, 0)]) };
    const draft = makeDraft(setting);
    const row = draft.counts[2];
    const facts = setting.facts.skus[1];
    if (!row || !facts) throw new Error('the fixture has SKU 2');
    typeCount(row, 'shelf', 4);
    typeCount(row, 'backroom', 0);
    expect(choiceOf(draft, facts, setting.factor)).toMatchObject({
      suggested: 0,
      suggestion: { sold: 0, basis: 'measured' },
    });
  });

  it('knows the day of a count by the clock of the territory', () => {
    // 18:30 UTC is the next morning in Hong Kong.
    expect(factsWith([counted('2026-11-22T18:30:00.000Z', 1, 0, 0)]).since).toBe('2026-11-23');
    const early = { ...borrowed, stock: { ...borrowed.stock, at: '2026-11-15T23:00:00Z' } };
    expect(factsOfCard(early, catalogue, manifest, today).since).toBe('2026-11-16');
  });
});
