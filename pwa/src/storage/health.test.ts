import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { examineStorage } from './health';

const opens = () => Promise.resolve();

interface Browser {
  userAgent?: string;
  persisted?: boolean;
  usage?: number;
  privateFiles?: boolean;
}

function browser({ userAgent = 'Mozilla/5.0 (Linux; Android 14) Chrome/130', ...has }: Browser = {}): void {
  vi.stubGlobal('indexedDB', {});
  vi.stubGlobal('navigator', {
    userAgent,
    maxTouchPoints: 5,
    serviceWorker: {},
    storage: {
      persisted: () => Promise.resolve(false),
      persist: () => Promise.resolve(has.persisted ?? true),
      estimate: () => Promise.resolve({ usage: has.usage ?? 1, quota: 1000 }),
      getDirectory: () =>
        has.privateFiles === false
          ? Promise.reject(new DOMException('no', 'SecurityError'))
          : Promise.resolve({}),
    },
  });
}

beforeEach(() => browser());
afterEach(() => vi.unstubAllGlobals());

describe('how fit a phone is for a work day', () => {
  test('an ordinary phone is fit', async () => {
    await expect(examineStorage(opens)).resolves.toMatchObject({
      persisted: true,
      unfit: null,
      nearlyFull: false,
    });
  });

  test('B7 the browser refuses to keep the storage: known, for the banner and the office', async () => {
    browser({ persisted: false });
    await expect(examineStorage(opens)).resolves.toMatchObject({ persisted: false, unfit: null });
  });

  test('B7 Safari on iOS outside the home screen is not fit', async () => {
    browser({
      userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) Version/18.4 Safari/604.1',
    });
    await expect(examineStorage(opens)).resolves.toMatchObject({ unfit: 'not_installed' });
  });

  test('B18 an outbox that cannot be opened is not fit', async () => {
    const broken = () => Promise.reject(new Error('no'));
    await expect(examineStorage(broken)).resolves.toMatchObject({ unfit: 'outbox' });
  });

  test('B20 a private window is not fit', async () => {
    browser({ privateFiles: false });
    await expect(examineStorage(opens)).resolves.toMatchObject({ unfit: 'private' });
  });

  test('B23 storage that is 99 % full is said before the first visit', async () => {
    browser({ usage: 990 });
    await expect(examineStorage(opens)).resolves.toMatchObject({ nearlyFull: true });
    browser({ usage: 989 });
    await expect(examineStorage(opens)).resolves.toMatchObject({ nearlyFull: false });
  });

  test('B23 a browser that hides its quota is tried with a few photos of room', async () => {
    const full = new DOMException('full', 'QuotaExceededError');
    const put = vi.fn().mockRejectedValueOnce(full).mockResolvedValue(undefined);
    vi.stubGlobal('caches', { open: () => Promise.resolve({ put }), delete: () => Promise.resolve(true) });
    await expect(examineStorage(opens)).resolves.toMatchObject({ nearlyFull: true });
    await expect(examineStorage(opens)).resolves.toMatchObject({ nearlyFull: false });
  });

  test.each([
    'Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 Version/4.0 Chrome/120 MicroMessenger/8.0.44',
    'Mozilla/5.0 (Linux; Android 13; Pixel 7 Build/TD1A; wv) AppleWebKit/537.36 Version/4.0 Chrome/120',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 DingTalk/7.0',
  ])('B24 an in-app browser is not fit: %s', async (userAgent) => {
    browser({ userAgent });
    await expect(examineStorage(opens)).resolves.toMatchObject({ unfit: 'in_app' });
  });

  test('B24 a browser without a service worker is not fit', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Chrome', storage: navigator.storage });
    await expect(examineStorage(opens)).resolves.toMatchObject({ unfit: 'unsupported' });
  });
});
