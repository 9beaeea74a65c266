import { describe, expect, it } from 'vitest';
import { lookAlikes, type KnownOutlet } from './duplicates';

const known: KnownOutlet[] = [
  { id: 7, proposalId: null, name: '永安士多', address: '', latitude: 22.3, longitude: 114.17 },
  { id: null, proposalId: 'p', name: '大榕茶餐厅', address: '', latitude: 22.3, longitude: 114.171 },
];

describe('a proposed outlet', () => {
  it('is asked about when one of the same name stands near', () => {
    const found = lookAlikes('永安 士多', { latitude: 22.3005, longitude: 114.17 }, known);
    expect(found.map(({ outlet }) => outlet.id)).toEqual([7]);
  });

  it('is compared with what this phone has proposed before', () => {
    const found = lookAlikes('大榕茶餐厅', { latitude: 22.3, longitude: 114.1711 }, known);
    expect(found.map(({ outlet }) => outlet.proposalId)).toEqual(['p']);
  });

  it('cannot be compared without a position, and an empty name is like none', () => {
    expect(lookAlikes('永安士多', null, known)).toEqual([]);
    expect(lookAlikes(' ', { latitude: 22.3, longitude: 114.17 }, known)).toEqual([]);
  });
});
