import { describe, expect, it } from 'vitest';
import { axisSteps, changeOf, lineName, linePath, spanWords, valueWords } from './figures';
import type { Definition } from './schemas';

const share: Definition = {
  key: 'completion',
  unit: 'share',
  numerator: 'planned_visited',
  denominator: 'planned',
  better: 'more',
  by_brand: false,
  gathers: false,
};
const format = {
  number: String,
  percent: (one: number) => `${one * 100}%`,
  money: (one: number) => `$${one}`,
};
const compared = (value: number | null, before: number | null) => ({
  key: 'x',
  part: 0,
  whole: 0,
  value,
  before,
});

describe('a figure on the desk', () => {
  it('is a dash where there was nothing to divide by, never a zero', () => {
    expect(valueWords(null, share, format)).toBe('–');
    expect(valueWords(0, share, format)).toBe('0%');
    expect(valueWords(7.849, { ...share, unit: 'number' }, format)).toBe('7.8');
  });

  it('changes by points where it is a share, by per cent where it is not', () => {
    expect(changeOf(compared(0.95, 0.9), share, 'en')).toEqual({ words: '+5', tone: 'done', isShare: true });
    const money = { ...share, unit: 'money' as const };
    expect(changeOf(compared(90, 120), money, 'en')?.words).toBe('-25');
    expect(changeOf(compared(90, 0), money, 'en')).toBeNull();
    expect(changeOf(compared(0.9, null), share, 'en')).toBeNull();
  });

  it('is better when it falls, where less is better', () => {
    const fewer = { ...share, better: 'less' as const };
    expect(changeOf(compared(0.05, 0.1), fewer, 'en')?.tone).toBe('done');
    expect(changeOf(compared(0.1, 0.05), fewer, 'en')?.tone).toBe('late');
    expect(changeOf(compared(0.1, 0.1), fewer, 'en')?.tone).toBe('neutral');
  });

  it('stands under the name that the reader reads', () => {
    const line = {
      id: '1',
      code: 'R1',
      name: '一线',
      name_en: 'Route 1',
      calls: 0,
      order_minor: 0,
      figures: [],
    };
    expect(lineName(line, 'route', 'zh-CN', '-')).toBe('R1 一线');
    expect(lineName(line, 'rep', 'en', '-')).toBe('Route 1');
    expect(lineName({ ...line, name: '', name_en: '' }, 'route', 'en', 'None')).toBe('None');
  });
});

describe('a chart', () => {
  it('has round steps that reach over the highest value', () => {
    expect(axisSteps(0.95)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(axisSteps(190_000)).toEqual([0, 50_000, 100_000, 150_000, 200_000]);
    expect(axisSteps(0)).toEqual([0, 1]);
  });

  it('lifts the pen where nothing is known', () => {
    expect(linePath([{ x: 0, y: 1 }, { x: 1, y: 2 }, null, { x: 3, y: 4 }])).toBe('M0.0 1.0L1.0 2.0M3.0 4.0');
  });

  it('names days, weeks and months', () => {
    expect(spanWords('2026-11-16', 'week', 'en')).toBe('Nov 16');
    expect(spanWords('2026-11-01', 'month', 'zh-CN')).toBe('2026年11月');
  });
});
