import 'fake-indexeddb/auto';
import { describe, expect, it, vi } from 'vitest';
import { outbox, saveDraft } from '@/storage';
import { useBook } from './book';

describe("the day's own deeds", () => {
  it('are those read last, though an earlier reading comes later', async () => {
    const { deeds, refresh } = useBook();
    const read = outbox.draftKeys.bind(outbox);
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    vi.spyOn(outbox, 'draftKeys').mockImplementationOnce(async () => {
      const before = await read();
      await held;
      return before;
    });

    const early = refresh();
    await vi.waitFor(() => expect(outbox.draftKeys).toHaveBeenCalledOnce());
    await saveDraft('visit:7', { outletId: 7 });
    await refresh();
    expect(deeds.value.drafts).toEqual(['visit:7']);
    letGo();
    await early;
    expect(deeds.value.drafts).toEqual(['visit:7']);
  });
});
