import { distanceM, type Position } from '@/domain/distance';
import type { Fix, Presence } from '@/storage/types';

/** A fix that takes longer is not worth waiting for: "no fix" is a fine answer. */
const patienceMs = 8_000;

/** Where the phone is; null without permission, without a fix in time, or without a receiver. Never throws. */
export function locate(): Promise<Fix | null> {
  if (!('geolocation' in navigator)) return Promise.resolve(null);
  return new Promise((resolve) => {
    // Some phones answer neither way while the question for permission stands.
    const late = setTimeout(() => resolve(null), patienceMs + 500);
    const answer = (fix: Fix | null) => {
      clearTimeout(late);
      resolve(fix);
    };
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        answer({
          latitude: coords.latitude,
          longitude: coords.longitude,
          accuracy_m: Math.round(coords.accuracy * 10) / 10,
        }),
      () => answer(null),
      { enableHighAccuracy: true, timeout: patienceMs, maximumAge: 30_000 },
    );
  });
}

/** A time and a place as evidence, with the distance to the outlet in metres where both are known. */
export function presence(at: string, fix: Fix | null, outlet: Position | null): Presence {
  const distance = fix && outlet ? Math.round(distanceM(fix, outlet) * 10) / 10 : null;
  return { at, fix, distance_m: distance };
}
