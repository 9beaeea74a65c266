import { describe, expect, it } from 'vitest';
import { distanceM } from '@/domain/distance';
import { toGcj02 } from './gcj02';

describe('the position that Amap expects', () => {
  // From the tests of the public coordtransform library (MIT): wgs84togcj02(116.404, 39.915).
  it('is the published one for Beijing', () => {
    const shifted = toGcj02({ latitude: 39.915, longitude: 116.404 });
    expect(shifted.latitude).toBeCloseTo(39.91640428150164, 9);
    expect(shifted.longitude).toBeCloseTo(116.41024449916938, 9);
  });

  it('lies 100 to 700 m from the true one', () => {
    const place = { latitude: 22.3193, longitude: 114.1694 };
    const metres = distanceM(place, toGcj02(place));
    expect(metres).toBeGreaterThan(100);
    expect(metres).toBeLessThan(700);
  });

  it('is the same outside of the box of the formula', () => {
    const place = { latitude: 51.5, longitude: -0.12 };
    expect(toGcj02(place)).toEqual(place);
  });
});
