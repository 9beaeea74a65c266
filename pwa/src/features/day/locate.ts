import type { Fix } from '@/storage';

/** Longer is not worth waiting for: "no fix" is an answer. */
export const patienceMs = 8_000;

/** Where the phone is; null without permission, receiver, or a fix in time. Never throws, never waits longer. */
export function fixNow(places: Geolocation | undefined = navigator.geolocation): Promise<Fix | null> {
  if (!places) return Promise.resolve(null);
  return new Promise((resolve) => {
    // Some phones answer neither way while the question for permission stands.
    const late = setTimeout(() => resolve(null), patienceMs);
    const answer = (fix: Fix | null): void => {
      clearTimeout(late);
      resolve(fix);
    };
    places.getCurrentPosition(
      ({ coords: { latitude, longitude, accuracy } }) =>
        answer({ latitude, longitude, accuracy_m: Math.round(accuracy * 10) / 10 }),
      () => answer(null),
      { enableHighAccuracy: true, timeout: patienceMs, maximumAge: 30_000 },
    );
  });
}
