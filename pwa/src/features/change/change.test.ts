import { describe, expect, it } from 'vitest';
import { card as fixture } from '@/features/visit/fixture.testing';
import { changeOf, missingIn, type ChangeForm } from './change';

const blank: ChangeForm = {
  name: '',
  nameEn: '',
  address: '',
  isHere: true,
  contact: '',
  person: '',
  phone: '',
};
const fix = { latitude: 22.3, longitude: 114.1, accuracy_m: 9 };

describe('a request to change a card', () => {
  it('says which field it still needs', () => {
    expect(missingIn('renamed', { ...blank, name: '  ' }, fix)).toBe('name');
    expect(missingIn('moved', blank, null)).toBe('address');
    expect(missingIn('moved', blank, fix)).toBeNull();
    expect(missingIn('moved', { ...blank, isHere: false }, fix)).toBe('address');
    expect(missingIn('number', { ...blank, phone: '1' }, fix)).toBe('person');
    expect(missingIn('number', { ...blank, contact: '7' }, fix)).toBe('phone');
    expect(missingIn('closed', blank, null)).toBeNull();
  });

  it('holds what the card says beside what it should say', () => {
    const card = fixture;
    const moved = changeOf('moved', card, { ...blank, address: ' 8 New Street ' }, fix);
    expect(moved.old).toEqual({ latitude: card.latitude, longitude: card.longitude, address: card.address });
    expect(moved.new).toEqual({ latitude: 22.3, longitude: 114.1, address: '8 New Street' });
    expect(changeOf('moved', card, { ...blank, isHere: false }, fix).new).toMatchObject({ latitude: null });
    expect(changeOf('closed', card, blank, null)).toEqual({
      kind: 'closed',
      old: { status: 'active' },
      new: { status: 'closed' },
    });
  });

  it('shows a number of the book as the mask that the card has', () => {
    const contact = { id: 7, name: '陈太', role: 'owner', phone: '****5678', preferences: '', notes: '' };
    const card = { ...fixture, contacts: [contact] };
    const change = changeOf('number', card, { ...blank, contact: '7', phone: '61234567' }, null);
    expect(change.old).toEqual({ contact_id: 7, name: '陈太', phone: '****5678' });
    expect(change.new).toEqual({ contact_id: 7, name: '', phone: '61234567' });
    const added = changeOf('number', card, { ...blank, person: 'Lee', phone: '6' }, null);
    expect(added.old).toEqual({ contact_id: null, name: '', phone: '' });
  });
});
