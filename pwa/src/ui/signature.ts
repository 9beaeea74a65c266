/** A signature as drawn: SVG path data in whole pixels of a `width` × `height` pad. */
export interface Signature {
  width: number;
  height: number;
  path: string;
}

export interface Point {
  x: number;
  y: number;
}

// A finger is no finer than this; leaving such points out halves the path.
const tolerance = 0.9;

/** Strokes as one compact path: `M12 30l3 4 2 1`. `null` when nothing was drawn. */
export function toSignature(
  strokes: readonly (readonly Point[])[],
  width: number,
  height: number,
): Signature | null {
  const path = strokes.map((stroke) => strokePath(simplify(stroke))).join('');
  return path === '' ? null : { width: Math.round(width), height: Math.round(height), path };
}

function strokePath(points: readonly Point[]): string {
  const rounded = points.map((point) => ({ x: Math.round(point.x), y: Math.round(point.y) }));
  const first = rounded[0];
  if (!first) return '';
  const moves = rounded.slice(1).map((point, index) => {
    const from = rounded[index] ?? first;
    return `${point.x - from.x} ${point.y - from.y}`;
  });
  // A dot is a line of no length: round caps draw it.
  const line = moves.length > 0 ? moves.join(' ') : '0 0';
  return `M${first.x} ${first.y}l${line}`.replaceAll(' -', '-');
}

/** Ramer–Douglas–Peucker: drops the points that lie within the tolerance of the line between their neighbours. */
export function simplify(points: readonly Point[]): Point[] {
  const first = points[0];
  const last = points[points.length - 1];
  if (!first || !last || points.length < 3) return [...points];
  let farthest = 0;
  let index = 0;
  points.forEach((point, at) => {
    const distance = distanceToLine(point, first, last);
    if (distance > farthest) [farthest, index] = [distance, at];
  });
  if (farthest <= tolerance) return [first, last];
  return [...simplify(points.slice(0, index + 1)), ...simplify(points.slice(index)).slice(1)];
}

function distanceToLine(point: Point, from: Point, to: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  if (length === 0) return Math.hypot(point.x - from.x, point.y - from.y);
  return Math.abs(dy * (point.x - from.x) - dx * (point.y - from.y)) / length;
}
