import { computed, ref } from 'vue';
import { currentLocale } from './index';

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** ISO 4217: the company's, as the session and the manifest tell it. */
const currency = ref('CNY');

/** Money is the company's everywhere: told once, when a session is there. An unknown code changes nothing. */
export function setCurrency(code: string | undefined): void {
  if (code !== undefined && /^[A-Z]{3}$/.test(code)) currency.value = code;
}

/**
 * Numbers, money and time in the language on screen. Everything that shows an instant takes the zone of the
 * territory where it matters, never the phone's.
 */
export function useFormat() {
  const formats = computed(() => makeFormats(currentLocale(), currency.value));
  return {
    number: (value: number) => formats.value.number.format(value),
    percent: (share: number) => formats.value.percent.format(share),
    /** Minor units, hundredths of the currency; two decimals always. */
    money: (minor: number) => formats.value.money.format(minor / 100),
    date: (instant: Date | string, timeZone?: string) =>
      show(instant, { month: 'short', day: 'numeric', weekday: 'short', timeZone }),
    day: (instant: Date | string, timeZone?: string) =>
      show(instant, { month: 'long', day: 'numeric', weekday: 'long', timeZone }),
    time: (instant: Date | string, timeZone?: string) =>
      show(instant, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone }),
    weekday: (isoWeekday: number) => weekday(isoWeekday),
    distance: (metres: number) => distance(metres),
    ago: (instant: Date | string, now: Date) => ago(instant, now, formats.value.relative),
  };
}

function makeFormats(locale: string, code: string) {
  return {
    number: new Intl.NumberFormat(locale),
    percent: new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }),
    money: new Intl.NumberFormat(locale, {
      style: 'currency',
      currency: code,
      // HK$ and not the bare $ of many countries; for the yuan, ¥ in every language.
      currencyDisplay: code === 'CNY' ? 'narrowSymbol' : 'symbol',
      minimumFractionDigits: 2,
      maximumFractionDigits: 2,
    }),
    relative: new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }),
  };
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** A plain date (`2026-11-23`) is a day, not an instant: it is shown as it stands, in no zone. */
function show(instant: Date | string, options: Intl.DateTimeFormatOptions): string {
  const isDay = typeof instant === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(instant);
  const zoned = isDay ? { ...options, timeZone: 'UTC' } : options;
  const key = `${currentLocale()} ${JSON.stringify(zoned)}`;
  let format = dateFormats.get(key);
  if (!format) dateFormats.set(key, (format = new Intl.DateTimeFormat(currentLocale(), zoned)));
  return format.format(new Date(instant));
}

/** 1 is Monday and 7 is Sunday, as in ISO 8601. */
function weekday(isoWeekday: number): string {
  const aMonday = Date.UTC(2024, 0, 1);
  return show(new Date(aMonday + (isoWeekday - 1) * 86_400_000), { weekday: 'short', timeZone: 'UTC' });
}

/** Walking distances to ten metres, longer ones to a tenth of a kilometre; a space between number and unit. */
function distance(metres: number): string {
  const far = metres >= 995;
  const text = new Intl.NumberFormat(currentLocale(), {
    style: 'unit',
    unit: far ? 'kilometer' : 'meter',
    unitDisplay: 'short',
    maximumFractionDigits: far && metres < 9_950 ? 1 : 0,
  }).format(far ? metres / 1000 : Math.round(metres / 10) * 10);
  return text.replace(/(\d)(?=\p{Script=Han})/u, '$1\u00a0');
}

function ago(instant: Date | string, now: Date, format: Intl.RelativeTimeFormat): string {
  const seconds = (new Date(instant).getTime() - now.getTime()) / 1000;
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
  }
  return format.format(0, 'minute');
}
