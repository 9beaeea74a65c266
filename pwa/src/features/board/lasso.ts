/** A point on the screen. */
export interface Spot {
  x: number;
  y: number;
}

/** Whether a point lies inside a closed line drawn by hand (even-odd rule, so that loops cut holes). */
export function isInside(spot: Spot, line: readonly Spot[]): boolean {
  let inside = false;
  for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
    const a = line[i];
    const b = line[j];
    if (!a || !b || a.y > spot.y === b.y > spot.y) continue;
    if (spot.x < ((b.x - a.x) * (spot.y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}
