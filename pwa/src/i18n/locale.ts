export const locales = ['zh-CN', 'en'] as const;
export type Locale = (typeof locales)[number];

const key = 'routebook.locale';

function isLocale(value: unknown): value is Locale {
  return locales.some((locale) => locale === value);
}

/** What this device chose before; else the first language of the browser that we speak; else Chinese. */
export function chosenLocale(): Locale {
  const remembered = read();
  if (isLocale(remembered)) return remembered;
  for (const language of navigator.languages) {
    if (language.startsWith('zh')) return 'zh-CN';
    if (language.startsWith('en')) return 'en';
  }
  return 'zh-CN';
}

export function rememberLocale(locale: Locale): void {
  try {
    localStorage.setItem(key, locale);
  } catch {
    // A browser without storage forgets the language; nothing else depends on it.
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
