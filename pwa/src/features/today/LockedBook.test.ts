import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { observables } from '@/sync/phone';
import { startStatus } from '@/sync/status';
import { mountInPage, openEnglishTexts } from '@/ui/mount-for-tests';
import LockedBook from './LockedBook.vue';
import SyncChip from './SyncChip.vue';

beforeAll(openEnglishTexts);
afterEach(() => {
  observables.status.set(startStatus);
  document.body.replaceChildren();
});

const locked = (state: 'ended' | 'clock_behind' | 'date_wrong' | 'none') =>
  mountInPage(LockedBook, { props: { state } });

describe('a locked book', () => {
  it('C1: whose time is over leaves the queue and fetching, and says that the work is safe', () => {
    const page = locked('ended');
    expect(page.text()).toContain('Your work is safe');
    expect(page.find('a[href="/queue"]').exists()).toBe(true);
    expect(page.findAll('button')).toHaveLength(1);
  });

  it('C2: whose clock was set back says how to open it', () => {
    expect(locked('clock_behind').text()).toContain('Turn on automatic time and connect once');
  });
});

describe('the state of delivery', () => {
  const counts = { waiting: 3, sending: 0, attention: 0, delivered: 0 };

  it('A14: says how much waits when the server is not reached, and turns nothing round', () => {
    observables.status.set({ ...startStatus, state: 'waiting', counts });
    const chip = mountInPage(SyncChip);
    expect(chip.text()).toBe('3 waiting');
    expect(chip.find('.ui-spinner').exists()).toBe(false);
  });

  it('says since when it is stuck, though there is a network', () => {
    const oldestWaitingAt = Date.parse('2026-11-23T01:05:00Z');
    observables.status.set({ ...startStatus, state: 'waiting', counts, alarm: true, oldestWaitingAt });
    expect(mountInPage(SyncChip).text()).toBe('Stuck since 09:05');
  });

  it('says delivered only when nothing waits', () => {
    expect(mountInPage(SyncChip).text()).toBe('Delivered');
  });
});
