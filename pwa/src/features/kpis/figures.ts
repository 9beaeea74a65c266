import { nameIn } from '@/i18n/names';
import type { Tone } from '@/ui/tone';
import type { Compared, Definition, Group, Line, Period } from './schemas';

/** How values are written: the parts of `useFormat` that figures need. */
export interface Formats {
  number: (value: number) => string;
  percent: (share: number) => string;
  money: (minor: number) => string;
}

export const nothing = '–';

/** A figure's value as it is read; a dash where there was nothing to divide by. */
export function valueWords(value: number | null, definition: Definition, format: Formats): string {
  if (value === null) return nothing;
  if (definition.unit === 'share') return format.percent(value);
  if (definition.unit === 'money') return format.money(value);
  return format.number(Math.round(value * 10) / 10);
}

export interface Change {
  /** `+2.1` or `−4.0`: percentage points for a share, per cent of what it was for the others. */
  words: string;
  tone: Tone;
  isShare: boolean;
}

/** What became of a figure since the spans before; null where one of the two is not known. */
export function changeOf(one: Compared, definition: Definition, locale: string): Change | null {
  if (one.value === null || one.before === null) return null;
  const isShare = definition.unit === 'share';
  if (!isShare && one.before === 0) return null;
  const change = 100 * (isShare ? one.value - one.before : one.value / one.before - 1);
  const rounded = Math.round(change * 10) / 10;
  const format = new Intl.NumberFormat(locale, { signDisplay: 'exceptZero', maximumFractionDigits: 1 });
  const isGood = rounded > 0 === (definition.better === 'more');
  return {
    words: format.format(rounded),
    tone: rounded === 0 ? 'neutral' : isGood ? 'done' : 'late',
    isShare,
  };
}

/** A span's name on an axis: `Nov 16`, or `Nov 2026` for a month. */
export function spanWords(start: string, period: Period, locale: string): string {
  const options: Intl.DateTimeFormatOptions =
    period === 'month' ? { year: 'numeric', month: 'short' } : { month: 'short', day: 'numeric' };
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(new Date(start));
}

/** The name of a row in the reader's language, with its code where a person knows it by that. */
export function lineName(line: Line, group: Group, locale: string, none: string): string {
  const name = nameIn(locale, line);
  if (!name) return none;
  return group === 'route' || group === 'territory' ? `${line.code} ${name}` : name;
}

/** A row's id as the address asks for it; the calls on no route are those of route 0. */
export function narrowedBy(group: Group, id: string): [string, string] {
  const names: Record<Group, string> = {
    route: 'route_id',
    rep: 'person_id',
    territory: 'territory_id',
    brand: 'brand_id',
    class: 'outlet_class',
  };
  return [names[group], id];
}

/** Round steps for an axis from 0 to at least `most`: three or four of them. */
export function axisSteps(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/** An SVG path through points; a null lifts the pen. */
export function linePath(points: readonly ({ x: number; y: number } | null)[]): string {
  let isDown = false;
  return points
    .map((point) => {
      if (!point) {
        isDown = false;
        return '';
      }
      const word = `${isDown ? 'L' : 'M'}${point.x.toFixed(1)} ${point.y.toFixed(1)}`;
      isDown = true;
      return word;
    })
    .join('');
}
