import { describe, expect, it } from 'vitest';
import { inBox, waits } from './closing';

describe('a signature', () => {
  it('fits the box in which it is kept, whatever the pad', () => {
    expect(inBox({ width: 640, height: 200, path: 'M100 50l20-10 3 4' })).toBe('M50 25l10-5 1.5 2');
    expect(inBox({ width: 320, height: 160, path: 'M10 20l-3-4' })).toBe('M10 20l-3-4');
  });
});

describe('a call-back', () => {
  it('waits until somebody was reached', () => {
    expect(waits({ state: 'open', outcome: '' })).toBe(true);
    expect(waits({ state: 'done', outcome: 'not_reached' })).toBe(true);
    expect(waits({ state: 'done', outcome: 'unhappy' })).toBe(false);
  });
});
