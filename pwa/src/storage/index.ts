import { now } from '@/domain/clock';
import { createDaybook, daybookName } from './daybook';
import type { Sealer } from './operation';
import { createOutbox } from './outbox';
import { ownOperations as own, visitsNotInBook, type OwnFilter, type OwnOperation } from './own';
import type { OperationKind } from './types';
import { dropRuntimeCaches, storageEvents } from './events';
import { createVault, vaultName } from './vault';

/** This phone's keys, and its two databases. Tests and simulations make their own. */
export const vault = createVault(vaultName, now);
export const daybook = createDaybook(daybookName, vault);

/** To the server's key, where one is known: then even this phone cannot read it any more. */
const seal: Sealer = async ({ id, kind }, packed) => {
  const { inboxKey, device } = await outbox.meta();
  if (!inboxKey) return { body: packed, keyId: null };
  const { sealToServer } = await import('./inbox-seal');
  const info = `routebook operation 1|${id}|${device}|${kind}|1`;
  return { body: await sealToServer(inboxKey.public, info, packed), keyId: inboxKey.id };
};

export const outbox = createOutbox({
  seal,
  mirror: { keep: (id, body) => daybook.keepOwn(id, body), read: (id) => daybook.readOwn(id) },
  draftKey: () => vault.draftKey(),
  // The book is given up last: without it the rep sees no card until the next pull.
  freeSpace: [dropRuntimeCaches, () => daybook.drop()],
  outdated: () => storageEvents.set('outdated'),
  blocked: () => storageEvents.set('blocked'),
});

export const {
  saveOperation,
  saveDraft,
  loadDraft,
  deleteDraft,
  draftKeys,
  flushDrafts,
  savePhoto,
  deletePhoto,
  photosOf,
  photoBytes,
} = outbox;

/** The signed-in person's own operations of a kind, oldest first, with their content. */
export function ownOperations<K extends OperationKind>(
  kind: K,
  filter: OwnFilter = {},
): Promise<OwnOperation<K>[]> {
  return own(outbox, kind, filter);
}

/** Visits that are saved here and not yet in the book, for today's list and the card. */
export async function localVisits(outletId?: number): Promise<OwnOperation<'visit.record'>[]> {
  const book = await daybook.read();
  return visitsNotInBook(outbox, book?.manifest.server_seq ?? 0, now(), outletId);
}

export type { BookVersions, Daybook, Fetched } from './daybook';
export type { Outbox } from './outbox';
export type { OwnFilter, OwnOperation } from './own';
export * from './card';
export * from './types';
