import type { Position } from '@/domain/distance';
import { toGcj02 } from './gcj02';

export const mapApps = ['phone', 'apple', 'google', 'amap'] as const;
export type MapApp = (typeof mapApps)[number];

const key = 'routebook.maps';

/** Which map app this phone uses; null before it was chosen. */
export function chosenMapApp(): MapApp | null {
  try {
    const kept = localStorage.getItem(key);
    return mapApps.find((app) => app === kept) ?? null;
  } catch {
    return null;
  }
}

export function rememberMapApp(app: MapApp): void {
  try {
    localStorage.setItem(key, app);
  } catch {
    // Asked again next time.
  }
}

/** Apple's maps exist on Apple's phones only, and `geo:` means nothing there. */
export function appsFor(userAgent: string): MapApp[] {
  const isApple = /iPhone|iPad|Macintosh/.test(userAgent);
  return isApple ? ['apple', 'amap', 'google'] : ['phone', 'amap', 'google'];
}

/** The address that opens a way to the place in a map app. Amap is given GCJ-02, the others WGS-84. */
export function mapLink(app: MapApp, place: Position, name: string): string {
  const words = encodeURIComponent(name);
  const spot = at(place, ',');
  if (app === 'apple') return `https://maps.apple.com/?daddr=${spot}&q=${words}&dirflg=d`;
  if (app === 'google') return `https://www.google.com/maps/dir/?api=1&destination=${spot}`;
  if (app === 'phone') return `geo:${spot}?q=${spot}(${words})`;
  const { latitude, longitude } = toGcj02(place);
  const to = `${longitude.toFixed(6)},${latitude.toFixed(6)}`;
  return `https://uri.amap.com/navigation?to=${to},${words}&mode=car&coordinate=gaode&callnative=1`;
}

function at({ latitude, longitude }: Position, between: string): string {
  return `${latitude.toFixed(6)}${between}${longitude.toFixed(6)}`;
}
