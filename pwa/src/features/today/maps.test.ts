import { describe, expect, it } from 'vitest';
import { appsFor, mapLink } from './maps';

const place = { latitude: 22.28123456, longitude: 114.15876543 };

describe('the hand-over to a map app', () => {
  it("gives the phone's own app the true position and the name", () => {
    expect(mapLink('phone', place, '永安 士多')).toBe(
      'geo:22.281235,114.158765?q=22.281235,114.158765(%E6%B0%B8%E5%AE%89%20%E5%A3%AB%E5%A4%9A)',
    );
  });

  it('gives Amap a shifted position, longitude first, and says so', () => {
    const link = mapLink('amap', place, 'A');
    expect(link).toContain('coordinate=gaode');
    const [longitude, latitude] = (/to=([\d.]+),([\d.]+)/.exec(link) ?? []).slice(1).map(Number);
    expect(longitude).toBeGreaterThan(place.longitude);
    expect(Math.abs((latitude ?? 0) - place.latitude)).toBeLessThan(0.01);
  });

  it('offers Apple’s maps on Apple’s phones only', () => {
    expect(appsFor('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)')).toContain('apple');
    expect(appsFor('Mozilla/5.0 (Linux; Android 13)')).not.toContain('apple');
  });
});
