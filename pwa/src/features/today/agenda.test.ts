import { describe, expect, it } from 'vitest';
import type { Card } from '@/api';
import type { Deeds } from '@/features/day/book';
import type { Daybook, OperationBodies, OperationKind, OwnOperation } from '@/storage';
import { agendaOf, dueProducts, nextDayWithStops, nextStop } from './agenda';
import { lightCard } from './borrowing';

const today = '2026-11-23';
const place = { address: '', latitude: null, longitude: null, outlet_class: 'A', weekdays: [] };

function card(id: number, change: Partial<Card> = {}): Card {
  return { ...lightCard({ id, name: `店 ${id}`, ...place }), version: 1, ...change };
}

function book(ids: readonly number[], change: Partial<Daybook> = {}): Daybook {
  return {
    manifest: {
      epoch: 'e',
      server_time: '2026-11-22T23:00:00Z',
      version: 'v',
      lease: { id: 1, day: today, from: '2026-11-22T21:00:00Z', until: '2026-11-23T13:00:00Z' },
      timezone: 'Asia/Hong_Kong',
      currency: 'CNY',
      cycle_anchor: '2026-01-05',
      holidays: [],
      person: { id: 1, name: '林', roles: ['rep'] },
      routes: [],
      stops: ids.map((outlet_id, index) => ({
        outlet_id,
        route_id: 1,
        sequence: index,
        planned_minute: 540,
      })),
      cards: ids.map((id) => [id, 1]),
      catalogue_version: 1,
      index_version: '',
      load: null,
      server_seq: 0,
      missing: [],
      quarantined: [],
      decided: [],
    },
    cards: new Map(ids.map((id) => [id, card(id)])),
    catalogue: {
      version: 1,
      suggestion_factor: 1500,
      brands: [],
      skus: [1, 2, 3, 4].map((id) => ({
        id,
        code: '',
        name: `品 ${id}`,
        name_en: '',
        brand_id: 1,
        pack: 12,
        volume_ml: null,
        new_until: id === 4 ? '2026-12-31' : null,
      })),
      prices: {},
      must_sell: { A: [1] },
      template: { version: 1, steps: [], outcomes: [] },
      limits: {},
    },
    index: [],
    load: [],
    ...change,
  };
}

function own<K extends OperationKind>(kind: K, body: OperationBodies[K]): OwnOperation<K> {
  return { id: 'o', kind, capturedAt: `${today}T01:00:00Z`, state: 'waiting', serverSeq: null, body };
}

function visit(outlet_id: number, outcome: string | null = null): OwnOperation<'visit.record'> {
  const presence = { at: `${today}T01:00:00Z`, fix: null, distance_m: null };
  return own('visit.record', {
    visit_id: `v${outlet_id}`,
    outlet_id,
    proposal_id: null,
    planned: true,
    unplanned_reason: '',
    in: presence,
    out: presence,
    steps: [],
    counts: null,
    order: null,
    declined: [],
    outcome,
    outcome_note: '',
    notes: [],
    promises: [],
    kept: [],
    next_visit_day: null,
    next_visit_shown: false,
  });
}

function deeds(change: Partial<Deeds> = {}): Deeds {
  const none = { starts: [], ends: [], visits: [], reorders: [], proposals: [], deliveries: [] };
  return { ...none, notes: [], kept: [], drafts: [], ...change };
}

const states = (held: Daybook, done: Deeds) => agendaOf(held, done, today).map(({ state }) => state);

describe("today's list", () => {
  it('tells what is done, passed, begun and to come', () => {
    const done = deeds({ visits: [visit(2, 'closed')], drafts: ['visit:4'] });
    expect(states(book([1, 2, 3, 4]), done)).toEqual(['passed', 'done', 'planned', 'draft']);
    expect(agendaOf(book([2]), done, today)[0]?.outcome).toBe('closed');
  });

  it('knows a visit of today from the book, when this phone has none of its own', () => {
    const seen = new Map([[1, card(1, { visits: [[today, null, 1, null, [], []]] })]]);
    expect(states(book([1], { cards: seen }), deeds())).toEqual(['done']);
  });

  it("keeps the rep's own order, and puts a stop that is new in the plan after the one before it", () => {
    const order = own('stops.reorder', { day: today, outlet_ids: [3, 1, 2], reason: '' });
    const agenda = agendaOf(book([1, 9, 2, 3]), deeds({ reorders: [order] }), today);
    expect(agenda.map(({ outletId }) => outletId)).toEqual([3, 1, 9, 2]);
    expect(agenda.map(({ place: number }) => number)).toEqual([1, 2, 3, 4]);
  });

  it('lists what was borrowed below the plan, without a number', () => {
    const held = book([1]);
    const borrowed: Daybook = {
      ...held,
      manifest: { ...held.manifest, cards: [...held.manifest.cards, [7, 1]] },
      cards: new Map([...held.cards, [7, card(7)]]),
    };
    expect(agendaOf(borrowed, deeds(), today).map(({ place: number }) => number)).toEqual([1, null]);
  });
});

describe('the next stop', () => {
  const next = (done: Deeds) => nextStop(agendaOf(book([1, 2, 3]), done, today))?.outletId;

  it('is what was begun, before all', () => {
    expect(next(deeds({ visits: [visit(1)], drafts: ['visit:3'] }))).toBe(3);
  });

  it('is the first one after the last visit, and what was passed comes at the end', () => {
    expect(next(deeds({ visits: [visit(2)] }))).toBe(3);
    expect(next(deeds({ visits: [visit(2), visit(3)] }))).toBe(1);
    expect(next(deeds({ visits: [visit(1), visit(2), visit(3)] }))).toBeUndefined();
  });
});

describe('due products', () => {
  it('are must-sell and new ones that are absent, and others that stood at zero', () => {
    const { catalogue } = book([]);
    const shop = card(1, {
      skus: [1, 2, 3],
      stock: { at: null, shelf: [0, 0, 5], backroom: [0, 0, 0], delivered: [12, 0, 0] },
    });
    // 1 was delivered since, 2 stood at zero, 3 is there, 4 is new.
    expect(catalogue && dueProducts(shop, catalogue, today)).toBe(2);
  });
});

describe('a day without stops', () => {
  it('says when the next one with stops is', () => {
    const entry = { id: 5, name: 'A', ...place, weekdays: [2] };
    expect(nextDayWithStops(book([], { index: [entry] }), today)).toBe('2026-11-25');
    expect(nextDayWithStops(book([]), today)).toBeNull();
  });
});
