import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { unknownHealth, type StorageHealth } from '@/storage/fitness';
import { observables } from '@/sync/phone';
import { startStatus } from '@/sync/status';
import { mountInPage, openEnglishTexts } from '@/ui/mount-for-tests';
import HealthBanners from './HealthBanners.vue';

beforeAll(openEnglishTexts);
beforeEach(() => observables.health.set({ ...unknownHealth, persisted: true }));
afterEach(() => {
  observables.status.set(startStatus);
  document.body.replaceChildren();
});

function words(health: Partial<StorageHealth>): string {
  observables.health.set({ ...unknownHealth, persisted: true, ...health });
  return mountInPage(HealthBanners, { props: { at: 'day' } }).text();
}

describe('what may go wrong with the storage', () => {
  it('is not spoken of where all is well', () => {
    expect(words({})).toBe('');
  });

  it('B18: says that nothing can be saved, gives a support code and offers the raw export', () => {
    const banner = words({ unfit: 'outbox' });
    expect(banner).toContain('nothing can be saved');
    expect(banner).toMatch(/Support code: RB-\w+/);
    expect(banner).toContain('Export raw data');
  });

  it('B20: says that a private window keeps nothing', () => {
    expect(words({ unfit: 'private' })).toContain('private window');
  });

  it('B23: warns of a full phone before the first visit', () => {
    expect(words({ nearlyFull: true })).toContain('nearly full');
  });

  it('B24: sends the person from an in-app browser to a real one', () => {
    expect(words({ unfit: 'in_app' })).toContain('Safari or Chrome');
  });

  it('B7: tells how to install, and that data may go where the browser refused to keep them', () => {
    expect(words({ unfit: 'not_installed' })).toContain('Add to Home Screen');
    expect(words({ persisted: false })).toContain('may delete your data');
  });

  it('A17: says that the date is wrong, and that work is still saved', () => {
    observables.status.set({ ...startStatus, dateWrong: true });
    expect(words({})).toMatch(/date is wrong.*still saved/);
  });
});
