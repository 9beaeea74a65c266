import { DomainError } from './problem';

/** WGS-84, degrees. */
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

/** Mean radius of the Earth (IUGG), metres. */
export const EARTH_RADIUS_M = 6_371_008.8;

/** Metres along a great circle (haversine). Throws DomainError `position` for what is on no globe. */
export function distanceM(a: Position, b: Position): number {
  checkPosition('a', a);
  checkPosition('b', b);
  const up = Math.sin(radians(b.latitude - a.latitude) / 2);
  const across = Math.sin(radians(b.longitude - a.longitude) / 2);
  const h = up * up + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * across * across;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(Math.min(1, h)));
}

export function isPosition(position: Position): boolean {
  // NaN and infinities fail both comparisons.
  return Math.abs(position.latitude) <= 90 && Math.abs(position.longitude) <= 180;
}

function checkPosition(field: string, position: Position): void {
  if (!isPosition(position)) throw new DomainError(field, 'position');
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
