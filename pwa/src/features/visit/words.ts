import type { Day } from '@/domain/journeyPlan';
import { currentLocale, useI18n } from '@/i18n';
import { localName } from '@/i18n/names';

/** Names of what comes as data: a key that this version has no words for is shown as it is. */
export function useWords() {
  const { t, te, locale } = useI18n();
  const named = (room: string, key: string) => (te(`${room}.${key}`) ? t(`${room}.${key}`) : key);
  return {
    t,
    locale,
    step: (key: string) => named('visit.step', key),
    check: (key: string) => named('visit.check', key),
    reason: (key: string) => named('visit.reason', key),
    outcome: (key: string) => named('order.outcome', key),
    change: (key: string) => named('order.change', key),
    role: (key: string) => named('visit.role', key.toLowerCase()),
    photo: (key: string) => named('visit.photo', key),
    priceList: (key: string) => named('order.list', key),
    /** 16 Nov: without the weekday, for the middle of a sentence. */
    shortDay: (day: Day) => show(day, { month: 'short', day: 'numeric' }),
    longDay: (day: Day) => show(day, { month: 'long', day: 'numeric' }),
    weekday: (day: Day) => show(day, { weekday: 'long' }),
    name: localName,
  };
}

function show(day: Day, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(currentLocale(), { ...options, timeZone: 'UTC' }).format(new Date(day));
}
