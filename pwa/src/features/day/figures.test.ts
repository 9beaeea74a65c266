import { describe, expect, it } from 'vitest';
import type { Catalogue } from '@/api';
import type { VisitBody } from '@/storage';
import { callOf } from './figures';

const presence = { at: '2026-11-23T01:05:00Z', fix: null, distance_m: null };
const body: VisitBody = {
  visit_id: 'v',
  outlet_id: 7,
  proposal_id: null,
  planned: true,
  unplanned_reason: '',
  in: presence,
  out: presence,
  steps: [
    ['count', 'done', '', ''],
    ['order', 'done', '', ''],
  ],
  counts: { skus: [1, 2], shelf: [0, 3], backroom: [0, 1], source: 'tt' },
  order: {
    order_id: 'o',
    delivery_day: '2026-11-24',
    price_list: 'standard',
    lines: [[1, 12, 12, 250, '']],
    total_minor: 3000,
    signature: '',
  },
  declined: [],
  outcome: null,
  outcome_note: '',
  notes: [],
  promises: [],
  kept: [],
  next_visit_day: null,
  next_visit_shown: true,
};
const rule = { rule: 'required', per: 'visit', reasons: [], checklist: [], photos: [] } as const;
const catalogue: Catalogue = {
  version: 1,
  suggestion_factor: 1500,
  brands: [],
  skus: [],
  prices: {},
  must_sell: { A: [1, 2, 3] },
  template: {
    version: 1,
    steps: [
      { key: 'count', ...rule },
      { key: 'order', ...rule },
    ],
    outcomes: [],
  },
  limits: {},
};

describe("a visit's part in the day's figures", () => {
  it('is its counts, its order and its time in the territory', () => {
    expect(callOf(body, catalogue, 'A', 'Asia/Hong_Kong')).toEqual({
      outletId: 7,
      minute: 545,
      complete: true,
      orderLines: 1,
      orderMinor: 3000,
      skusCounted: 2,
      skusZero: 1,
      mslRequired: 3,
      mslPresent: 1,
    });
  });

  it('is not complete while its count is open, and asks for no must-sell SKU when nothing was counted', () => {
    const call = callOf({ ...body, counts: null, steps: [] }, catalogue, 'A', 'Asia/Hong_Kong');
    expect([call.complete, call.mslRequired]).toEqual([false, 0]);
  });
});
