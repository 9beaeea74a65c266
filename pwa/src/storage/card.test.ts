import { safeParse } from 'valibot';
import { expect, test } from 'vitest';
import { CardSchema, type Card } from '@/api';
import { lastCount, lastCounts, pastDeliveries, pastOrders, pastVisits } from './card';

const parsed = safeParse(CardSchema, {
  id: 17,
  version: 3,
  code: 'C17',
  name: '顺发士多',
  name_en: null,
  chain: null,
  outlet_class: 'A',
  channel: 'traditional',
  address: '榕树湾 3 号',
  latitude: 22.3,
  longitude: 114.1,
  hours: [[0, 480, 1320]],
  rules: [[0, 1, 0, 1]],
  contacts: [],
  notes: [],
  promises: [],
  assets: [],
  price_list: 'standard',
  skus: [5, 6, 7],
  stock: {
    at: '2026-11-16T02:00:00+00:00',
    shelf: [12, null, 0],
    backroom: [24, null, null],
    delivered: [48, 0, 0],
  },
  visits: [
    ['2026-11-16', 0, 1, null, [12, null, 0], [24, null, null]],
    ['2026-11-09', null, 0, 'closed', [], []],
  ],
  orders: [['2026-11-16', '2026-11-17', 'delivered', 4800, [48, 0, 0]]],
  deliveries: [['2026-11-17', [48, 0, 0]]],
  people: ['林家豪'],
  a_field_of_a_newer_server: true,
});
const card = parsed.output as Card;

test('a card of the wire is read, and what it does not know is left out', () => {
  expect(parsed.success).toBe(true);
  expect(card).not.toHaveProperty('a_field_of_a_newer_server');
});

test('a last count is shelf and backroom; nothing counted is not zero', () => {
  expect(lastCount(card, 5)).toEqual({
    at: '2026-11-16T02:00:00+00:00',
    shelf: 12,
    backroom: 24,
    total: 36,
    delivered: 48,
  });
  expect(lastCount(card, 6)).toMatchObject({ shelf: null, total: null });
  expect(lastCount(card, 7)).toMatchObject({ shelf: 0, backroom: null, total: 0 });
  expect(lastCount(card, 99)).toMatchObject({ at: null, total: null, delivered: 0 });
  expect([...lastCounts(card).keys()]).toEqual([5, 6, 7]);
});

test('past visits name their people and list only what was counted', () => {
  expect(pastVisits(card)).toEqual([
    {
      day: '2026-11-16',
      person: '林家豪',
      planned: true,
      outcome: null,
      counts: new Map([
        [5, 36],
        [7, 0],
      ]),
    },
    { day: '2026-11-09', person: '', planned: false, outcome: 'closed', counts: new Map() },
  ]);
});

test('past orders and deliveries list only what was ordered and handed over', () => {
  expect(pastOrders(card)).toEqual([
    {
      day: '2026-11-16',
      delivery_day: '2026-11-17',
      status: 'delivered',
      total_minor: 4800,
      quantities: new Map([[5, 48]]),
    },
  ]);
  expect(pastDeliveries(card)).toEqual([{ day: '2026-11-17', quantities: new Map([[5, 48]]) }]);
});
