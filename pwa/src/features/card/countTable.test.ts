import { describe, expect, it } from 'vitest';
import type { Card, Catalogue } from '@/api';
import { lightCard } from '@/features/today/borrowing';
import type { OwnOperation } from '@/storage';
import { countTable } from './countTable';

const entry = {
  id: 7,
  name: 'A',
  address: '',
  latitude: null,
  longitude: null,
  outlet_class: 'A',
  weekdays: [],
};
const visit = (day: string, shelf: (number | null)[]): Card['visits'][number] => [
  day,
  null,
  1,
  null,
  shelf,
  shelf.map((count) => (count === null ? null : 1)),
];
const card: Card = {
  ...lightCard(entry),
  skus: [1, 2],
  visits: [
    visit('2026-11-20', [4, null]),
    visit('2026-11-18', []),
    visit('2026-11-16', [0, 9]),
    visit('2026-11-13', [1, 1]),
    visit('2026-11-11', [2, 2]),
  ],
};
const catalogue = {
  skus: [1, 2, 3].map((id) => ({
    id,
    code: '',
    name: `品 ${id}`,
    name_en: '',
    brand_id: 1,
    pack: 1,
    volume_ml: null,
    new_until: null,
  })),
} as unknown as Catalogue;
const local = [
  {
    body: {
      in: { at: '2026-11-23T01:00:00Z' },
      counts: { skus: [3], shelf: [2], backroom: [3], source: 't' },
    },
  },
] as unknown as OwnOperation<'visit.record'>[];

describe('the last counts', () => {
  it("begin with this phone's own, leave out visits without a count, and end after four", () => {
    const table = countTable(card, catalogue, local, (instant) => instant.slice(0, 10));
    expect(table.columns.map(({ day, isLocal }) => [day, isLocal])).toEqual([
      ['2026-11-23', true],
      ['2026-11-20', false],
      ['2026-11-16', false],
      ['2026-11-13', false],
    ]);
    expect(table.rows.map(({ sku, counts }) => [sku.id, ...counts])).toEqual([
      [1, null, 5, 1, 2],
      [2, null, null, 10, 2],
      [3, 5, null, null, null],
    ]);
  });

  it('have no row for what was never counted here', () => {
    const table = countTable(card, catalogue, [], (instant) => instant);
    expect(table.rows.map(({ sku }) => sku.id)).toEqual([1, 2]);
  });
});
