import type { Position } from '@/domain/distance';

// Krasovsky 1940, the ellipsoid that GCJ-02 is computed on; the same formula as server/domain/coordinates.py.
const axis = 6_378_245;
const eccentricity = 0.006693421622965943;

/** The coordinates that map apps made in mainland China expect, 100–700 m from WGS-84; elsewhere the same position. */
export function toGcj02({ latitude, longitude }: Position): Position {
  const inBox = latitude >= 0.8293 && latitude <= 55.8271 && longitude >= 72.004 && longitude <= 137.8347;
  if (!inBox) return { latitude, longitude };
  const [x, y] = [longitude - 105, latitude - 35];
  const radians = (latitude * Math.PI) / 180;
  const magic = 1 - eccentricity * Math.sin(radians) ** 2;
  const metresNorth = ((axis * (1 - eccentricity)) / magic ** 1.5) * (Math.PI / 180);
  const metresEast = ((axis * Math.cos(radians)) / Math.sqrt(magic)) * (Math.PI / 180);
  return {
    latitude: latitude + north(x, y) / metresNorth,
    longitude: longitude + east(x, y) / metresEast,
  };
}

function wave(value: number): number {
  return Math.sin(value * Math.PI);
}

function north(x: number, y: number): number {
  const plane = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x));
  const short = 2 * wave(6 * x) + 2 * wave(2 * x) + 2 * wave(y) + 4 * wave(y / 3);
  return plane + (20 / 3) * (short + 16 * wave(y / 12) + 32 * wave(y / 30));
}

function east(x: number, y: number): number {
  const plane = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x));
  const short = 2 * wave(6 * x) + 2 * wave(2 * x) + 2 * wave(x) + 4 * wave(x / 3);
  return plane + (20 / 3) * (short + 15 * wave(x / 12) + 30 * wave(x / 30));
}
