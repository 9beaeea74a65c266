import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { createOutbox } from '@/storage/outbox';
import { card, catalogue, manifest } from './fixture.testing';
import { draftKey, openVisit } from './opening';

const wanted = { outletId: 17, proposalId: null, unplanned: false, reason: '', again: false };

function book(notice?: string) {
  return {
    manifest: { ...manifest, ...(notice ? { notice } : {}) },
    cards: new Map([[card.id, card]]),
    catalogue,
    index: [],
    load: [],
  };
}

test('who serves notice begins no visit, and goes on with one that was begun before', async () => {
  const outbox = createOutbox({ name: 'outbox-on-notice' });
  const sources = (notice?: string) => ({ outbox, readBook: () => Promise.resolve(book(notice)) });
  expect((await openVisit(sources('2026-11-30'), wanted)).state).toBe('on_notice');
  const begun = await openVisit(sources(), wanted);
  expect(begun.state).toBe('open');
  if (begun.state === 'open') await outbox.saveDraft(draftKey(wanted), begun.draft);
  const resumed = await openVisit(sources('2026-11-30'), wanted);
  expect(resumed).toMatchObject({ state: 'open', resumed: true });
});
