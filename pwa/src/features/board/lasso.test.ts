import { describe, expect, it } from 'vitest';
import { isInside } from './lasso';

const square = [
  { x: 0, y: 0 },
  { x: 10, y: 0 },
  { x: 10, y: 10 },
  { x: 0, y: 10 },
];

describe('a line drawn by hand', () => {
  it('holds what lies inside and nothing else', () => {
    expect(isInside({ x: 5, y: 5 }, square)).toBe(true);
    expect(isInside({ x: 11, y: 5 }, square)).toBe(false);
    expect(isInside({ x: 5, y: -1 }, square)).toBe(false);
  });

  it('follows a bay', () => {
    const bay = [...square.slice(0, 3), { x: 5, y: 2 }, { x: 0, y: 10 }];
    expect(isInside({ x: 5, y: 8 }, bay)).toBe(false);
    expect(isInside({ x: 1, y: 5 }, bay)).toBe(true);
  });

  it('holds nothing before it is an area', () => {
    expect(isInside({ x: 0, y: 0 }, square.slice(0, 2))).toBe(false);
    expect(isInside({ x: 0, y: 0 }, [])).toBe(false);
  });
});
