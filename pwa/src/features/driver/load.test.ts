import { describe, expect, it } from 'vitest';
import type { Catalogue, LoadEntry } from '@/api';
import type { OwnOperation } from '@/storage';
import { loadSheet, nameless, truckStops } from './load';

const catalogue: Catalogue = {
  version: 1,
  suggestion_factor: 1500,
  brands: [],
  skus: [
    { ...nameless(2), name: '柠檬茶', pack: 24 },
    { ...nameless(1), name: '汽水', pack: 6 },
  ],
  prices: {},
  must_sell: {},
  template: { version: 1, steps: [], outcomes: [] },
  limits: {},
};

function stop(id: string, lines: [number, number][], status = 'planned'): LoadEntry {
  return {
    delivery_id: id,
    route_id: 1,
    day: '2026-11-23',
    status,
    outlet: { id: 1, name: id, address: '', latitude: null, longitude: null, hours: [] },
    lines: lines.map(([sku_id, ordered]) => ({ sku_id, ordered, delivered: null })),
    note: '',
  };
}

describe('the load sheet', () => {
  it('sums the stops by SKU in count order, in cases and single pieces', () => {
    const sheet = loadSheet(
      [
        stop('a', [
          [1, 12],
          [2, 24],
        ]),
        stop('b', [[1, 7]]),
      ],
      catalogue,
    );
    expect(sheet.map(({ sku, cases, units }) => [sku.id, cases, units])).toEqual([
      [2, 1, 0],
      [1, 3, 1],
    ]);
  });

  it('does not lose what the catalogue does not know', () => {
    const sheet = loadSheet([stop('a', [[9, 5]])], catalogue);
    expect(sheet.map(({ sku, pieces }) => [sku.name, pieces])).toEqual([['#9', 5]]);
  });
});

describe("the truck's stops", () => {
  it('show what was recorded on this phone before the server knows it', () => {
    const record: OwnOperation<'delivery.record'> = {
      id: 'x',
      kind: 'delivery.record',
      capturedAt: '2026-11-23T02:00:00.000Z',
      state: 'waiting',
      serverSeq: null,
      body: {
        delivery_id: 'a',
        at: '2026-11-23T02:00:00.000Z',
        fix: null,
        lines: [[1, 6, 'short']],
        status: 'partly',
        note: '',
        signature: '',
      },
    };
    const stops = truckStops([stop('a', [[1, 12]]), stop('b', [[1, 1]], 'delivered')], [record]);
    expect(stops.map(({ status }) => status)).toEqual(['partly', 'delivered']);
  });
});
