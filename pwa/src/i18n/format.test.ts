import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openEnglishTexts } from '@/ui/mount-for-tests';
import { setLocale } from './index';
import { setCurrency, useFormat } from './format';

beforeAll(openEnglishTexts);

describe('formats', () => {
  afterEach(() => setCurrency('CNY'));

  it('show fen as yuan', () => {
    expect(useFormat().money(128050)).toBe('¥1,280.50');
  });

  it('show the currency that the session names, with two decimals', () => {
    setCurrency('HKD');
    expect(useFormat().money(128050)).toBe('HK$1,280.50');
    expect(useFormat().money(500)).toBe('HK$5.00');
    setCurrency(undefined);
    setCurrency('no code');
    expect(useFormat().money(0)).toBe('HK$0.00');
    setCurrency('JPY');
    expect(useFormat().money(100)).toBe('¥1.00');
  });

  it('keep a space between a number and a Chinese unit', async () => {
    await setLocale('zh-CN');
    expect([123, 3_912].map(useFormat().distance)).toEqual(['120\u00a0米', '3.9\u00a0公里']);
    await setLocale('en');
  });

  it('show a plain date as that day, whatever the zone of the phone', () => {
    expect(useFormat().date('2026-11-23')).toContain('Nov 23');
  });

  it('show an instant in the zone of the territory', () => {
    expect(useFormat().time('2026-11-23T01:05:00Z', 'Asia/Shanghai')).toBe('09:05');
  });

  it('name weekdays from Monday', () => {
    expect([1, 7].map((day) => useFormat().weekday(day))).toEqual(['Mon', 'Sun']);
  });

  it('round distances to what a walker can use', () => {
    const { distance } = useFormat();
    expect([123, 994, 1240, 12_400].map(distance)).toEqual(['120 m', '990 m', '1.2 km', '12 km']);
  });

  it('say how long ago', () => {
    const now = new Date('2026-11-23T08:00:00Z');
    expect(useFormat().ago('2026-11-23T05:00:00Z', now)).toBe('3 hours ago');
    expect(useFormat().ago('2026-11-23T07:59:40Z', now)).toBe('this minute');
  });
});
