import { afterEach, describe, expect, it, vi } from 'vitest';
import { fixNow, patienceMs } from './locate';

afterEach(() => void vi.useRealTimers());

function places(getCurrentPosition: Geolocation['getCurrentPosition']): Geolocation {
  return { getCurrentPosition, watchPosition: () => 0, clearWatch: () => undefined };
}

describe('a fix', () => {
  it('is no fix after eight seconds, also on a phone that never answers', async () => {
    vi.useFakeTimers();
    const fix = fixNow(places(() => undefined));
    await vi.advanceTimersByTimeAsync(patienceMs);
    expect(await fix).toBeNull();
  });

  it('is no fix where the person refuses', async () => {
    const refused = {
      code: 1,
      message: '',
      PERMISSION_DENIED: 1,
      POSITION_UNAVAILABLE: 2,
      TIMEOUT: 3,
    } as const;
    expect(await fixNow(places((_done, failed) => failed?.(refused)))).toBeNull();
  });
});
