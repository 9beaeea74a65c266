import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simplify, toSignature } from './signature';

describe('a signature', () => {
  it('is one compact path of whole pixels', () => {
    const strokes = [
      [
        { x: 10.2, y: 20.4 },
        { x: 30, y: 5 },
        { x: 40, y: 25 },
      ],
      [{ x: 50, y: 50 }],
    ];
    expect(toSignature(strokes, 340.4, 200)).toEqual({
      width: 340,
      height: 200,
      path: 'M10 20l20-15 10 20M50 50l0 0',
    });
  });

  it('is nothing when nothing was drawn', () => {
    expect(toSignature([], 340, 200)).toBeNull();
    expect(toSignature([[]], 340, 200)).toBeNull();
  });

  it('drops points on a straight line and keeps corners', () => {
    const line = Array.from({ length: 50 }, (_, index) => ({ x: index, y: 0 }));
    expect(simplify([...line, { x: 49, y: 30 }])).toEqual([
      { x: 0, y: 0 },
      { x: 49, y: 0 },
      { x: 49, y: 30 },
    ]);
  });

  it('keeps both ends of every stroke', () => {
    const point = fc.record({ x: fc.integer({ min: 0, max: 400 }), y: fc.integer({ min: 0, max: 200 }) });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 60 }), (points) => {
        const kept = simplify(points);
        expect(kept[0]).toEqual(points[0]);
        expect(kept.at(-1)).toEqual(points.at(-1));
        expect(kept.length).toBeLessThanOrEqual(points.length);
      }),
    );
  });
});
