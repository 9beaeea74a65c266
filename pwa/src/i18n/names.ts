import { currentLocale } from './index';

export interface Named {
  readonly name: string;
  readonly name_en?: string;
  readonly nameEn?: string;
}

/** A name in a language; the other one where it has none. */
export function nameIn(locale: string, thing: Named): string {
  const english = thing.nameEn ?? thing.name_en ?? '';
  return locale === 'en' ? english || thing.name : thing.name || english;
}

/** A name in the language on screen. */
export function localName(thing: Named): string {
  return nameIn(currentLocale(), thing);
}

/** The same for two texts that are not called so. */
export function inLocale(name: string, nameEn: string): string {
  return localName({ name, nameEn });
}
