import { currentLocale } from '@/i18n';

/** The name in the language on screen; the other one where there is none. */
export function localName(thing: { name: string; name_en?: string; nameEn?: string }): string {
  const english = thing.nameEn ?? thing.name_en;
  return (currentLocale() === 'en' && english) || thing.name;
}

/** `545` → `09:05`: minutes of a day as a clock shows them. */
export function clockTime(minute: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
