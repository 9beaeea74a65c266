import { describe, expect, it } from 'vitest';
import { dropPlace, moved } from './reordering';

describe('a list of stops', () => {
  it('is moved up, down, and never beyond its ends', () => {
    expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
    expect(moved(['a', 'b', 'c'], 0, 9)).toEqual(['b', 'c', 'a']);
    expect(moved(['a'], 4, 0)).toEqual(['a']);
  });

  it('takes a dragged stop to the row that it is nearest to', () => {
    expect(dropPlace(1, 70, 48, 5)).toBe(2);
    expect(dropPlace(1, -500, 48, 5)).toBe(0);
    expect(dropPlace(3, 500, 48, 5)).toBe(4);
  });
});
