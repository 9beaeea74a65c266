import type { Card, Catalogue, Manifest } from '@/api';
import type { StepTemplate } from '@/domain/stepTemplate';
import defaultTemplate from '../../../../server/domain/step_template.json';
import { newDraft, type VisitDraft } from './draft';
import { factsOfCard } from './facts';
import type { VisitSetting } from './record';

/** A store with 40 SKUs of five brands, all counted a week ago, for the tests of this room. */
export const template = defaultTemplate as StepTemplate;
export const today = '2026-11-23';
const ids = Array.from({ length: 40 }, (_, index) => index + 1);

export const catalogue: Catalogue = {
  version: 1,
  suggestion_factor: 1500,
  brands: [1, 2, 3, 4, 5].map((id) => ({ id, name: `品牌${id}`, name_en: `Brand ${id}` })),
  skus: ids.map((id) => ({
    id,
    code: `S${id}`,
    name: `单品${id}`,
    name_en: `SKU ${id}`,
    brand_id: Math.ceil(id / 8),
    pack: 12,
    volume_ml: 500,
    new_until: id === 40 ? '2026-12-31' : null,
  })),
  prices: { standard: ids.map((id) => [id, 200 + id] as [number, number]), chain: [[1, 150]] },
  must_sell: { A: [1, 2, 3] },
  template,
  limits: {},
};

export const card: Card = {
  id: 17,
  version: 1,
  code: 'O17',
  name: '兴隆士多',
  name_en: 'Hing Lung Store',
  chain: '',
  outlet_class: 'A',
  channel: 'store',
  address: '',
  latitude: 22.3193,
  longitude: 114.1694,
  hours: [],
  // Mondays, and Thursdays of even weeks.
  rules: [
    [0, 1, 0, 1],
    [3, 2, 0, 1],
  ],
  contacts: [],
  notes: [],
  interactions: [],
  cases: [],
  promises: [],
  assets: [],
  price_list: 'standard',
  skus: ids,
  stock: {
    at: '2026-11-16T02:00:00Z',
    shelf: ids.map(() => 10),
    backroom: ids.map(() => 12),
    delivered: ids.map(() => 0),
  },
  visits: [],
  orders: [],
  deliveries: [],
  people: [],
};

export const manifest: Manifest = {
  epoch: 'e',
  server_time: '2026-11-23T00:00:00Z',
  version: 'v',
  lease: { id: 1, day: today, from: '2026-11-22T21:00:00Z', until: '2026-11-23T13:00:00Z' },
  timezone: 'Asia/Hong_Kong',
  currency: 'HKD',
  cycle_anchor: '2026-01-05',
  holidays: [],
  person: { id: 1, name: '林家豪', roles: ['rep'] },
  routes: [{ id: 1, code: 'R1', name: '青榕里', name_en: '', version: 1, truck_weekdays: [0, 1, 2, 3, 4] }],
  stops: [{ outlet_id: 17, route_id: 1, sequence: 1, planned_minute: 540 }],
  cards: [[17, 1]],
  catalogue_version: 1,
  index_version: 'i',
  load: null,
  server_seq: 0,
  missing: [],
  quarantined: [],
  decided: [],
};

export function makeSetting(changes: Partial<Card> = {}): VisitSetting {
  return {
    template,
    facts: factsOfCard({ ...card, ...changes }, catalogue, manifest, today),
    factor: catalogue.suggestion_factor,
    today,
    cycleAnchor: manifest.cycle_anchor,
    holidays: manifest.holidays,
  };
}

export function makeDraft(setting: VisitSetting): VisitDraft {
  return newDraft(template, {
    visitId: '01a20825-39d5-7493-b690-354c389dc7e6',
    operationId: '01a20825-39d5-7493-b690-354c389dc7e7',
    orderId: '01a20825-39d5-7493-b690-354c389dc7e8',
    outletId: 17,
    proposalId: null,
    planned: true,
    unplannedReason: '',
    at: '2026-11-23T01:40:00.000Z',
    toCount: setting.facts.skus.filter((sku) => sku.listed).map((sku) => sku.id),
    prepared: true,
  });
}
