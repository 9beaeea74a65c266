import type { Card } from '@/api';
import type { Fix, OperationBodies } from '@/storage';

/** What the field may ask to change on a card (server/domain/operation_bodies/changes.py). */
export const changeKinds = ['number', 'moved', 'renamed', 'closed'] as const;
export type ChangeKind = (typeof changeKinds)[number];

export interface ChangeForm {
  name: string;
  nameEn: string;
  address: string;
  /** The store stands where the phone is. */
  isHere: boolean;
  /** A contact's id; '' for one that the card does not have yet. */
  contact: string;
  person: string;
  phone: string;
}

/** What of a card a change is about; a task lends as much to somebody who has no card. */
export type Changeable = Pick<Card, 'name' | 'name_en' | 'address' | 'latitude' | 'longitude'> & {
  contacts: readonly Pick<Card['contacts'][number], 'id' | 'name' | 'phone'>[];
};

type Change = Pick<OperationBodies['outlet.change'], 'kind' | 'old' | 'new'>;

/** The field that is still needed; null when the request says enough. */
export function missingIn(kind: ChangeKind, form: ChangeForm, fix: Fix | null): string | null {
  if (kind === 'renamed') return form.name.trim() ? null : 'name';
  if (kind === 'moved') return form.address.trim() || (form.isHere && fix) ? null : 'address';
  if (kind === 'number') {
    if (form.contact === '' && !form.person.trim()) return 'person';
    return form.phone.trim() ? null : 'phone';
  }
  return null;
}

/** What the card says and what it should say, as the wire has it. */
export function changeOf(kind: ChangeKind, card: Changeable, form: ChangeForm, fix: Fix | null): Change {
  if (kind === 'renamed') {
    return {
      kind,
      old: { name: card.name, name_en: card.name_en },
      new: { name: form.name.trim(), name_en: form.nameEn.trim() },
    };
  }
  if (kind === 'moved') {
    const here = form.isHere ? fix : null;
    return {
      kind,
      old: { latitude: card.latitude, longitude: card.longitude, address: card.address },
      new: {
        latitude: here?.latitude ?? null,
        longitude: here?.longitude ?? null,
        address: form.address.trim(),
      },
    };
  }
  if (kind === 'closed') return { kind, old: { status: 'active' }, new: { status: 'closed' } };
  const contact = card.contacts.find(({ id }) => String(id) === form.contact);
  return {
    kind,
    old: { contact_id: contact?.id ?? null, name: contact?.name ?? '', phone: contact?.phone ?? '' },
    new: { contact_id: contact?.id ?? null, name: form.person.trim(), phone: form.phone.trim() },
  };
}
