import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync('src/ui/tokens.css', 'utf8');
const grounds = ['paper', 'surface', 'sunken'];
// Text colour → the grounds it may stand on.
const texts: [string, string[]][] = [
  ['ink', [...grounds, 'accent-tint']],
  ['ink-2', [...grounds, 'accent-tint']],
  ['ink-3', grounds],
  ['accent', ['paper', 'surface', 'accent-tint']],
  ['accent-strong', ['accent-tint']],
  ['on-accent', ['accent', 'accent-strong']],
  ...['done', 'due', 'late', 'stuck'].map((tone): [string, string[]] => [
    tone,
    ['paper', 'surface', `${tone}-tint`],
  ]),
  ...['done', 'due', 'late', 'stuck'].map((tone): [string, string[]] => ['on-meaning', [tone]]),
];
const cases = texts.flatMap(([text, on]) => on.map((ground) => [text, ground] as const));

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  it.each(cases)('%s can be read on %s', (text, ground) => {
    expect(contrast(colour(text, theme), colour(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });

  it.each([
    ['line-strong', 'surface'],
    ['line-strong', 'paper'],
    ['accent', 'paper'],
    ['due-edge', 'surface'],
  ] as const)('the edge %s can be seen on %s', (edge, ground) => {
    expect(contrast(colour(edge, theme), colour(ground, theme))).toBeGreaterThanOrEqual(3);
  });

  it('the main text is far above what sunlight washes out', () => {
    expect(contrast(colour('ink', theme), colour('surface', theme))).toBeGreaterThan(12);
  });
});

function colour(token: string, theme: 'light' | 'dark'): string {
  const found = new RegExp(`--${token}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(css);
  const value = found?.[theme === 'light' ? 1 : 2];
  if (!value) throw new Error(`no token ${token}`);
  return value;
}

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(one: string, other: string): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
