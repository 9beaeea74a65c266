import { computed, ref, shallowReactive, type App } from 'vue';
import { chosenLocale, rememberLocale, type Locale } from './locale';
import { byRoom, flatten, type Texts } from './messages/by-room';
import { readText, type Named, type Text } from './text';

export { locales, type Locale } from './locale';

type Book = 'phone' | 'rooms' | 'desk' | 'lock';
type Loader = () => Promise<{ default: Record<string, Texts> }>;

const loaders: Record<Book, Record<Locale, Loader>> = {
  phone: {
    'zh-CN': () => import('./messages/phone.zh-CN'),
    en: () => import('./messages/phone.en'),
  },
  rooms: {
    'zh-CN': () => import('./messages/rooms.zh-CN'),
    en: () => import('./messages/rooms.en'),
  },
  lock: {
    'zh-CN': () => import('./messages/lock.zh-CN'),
    en: () => import('./messages/lock.en'),
  },
  desk: {
    'zh-CN': () => import('./messages/desk.zh-CN'),
    en: () => import('./messages/desk.en'),
  },
};

const locale = ref<Locale>(chosenLocale());
const sources = shallowReactive<Record<Locale, Record<string, string>>>({ 'zh-CN': {}, en: {} });
const openBooks = new Set<Book>();
const loaded = new Set<string>();
const ready = new Map<string, Text>();

/**
 * The text of a key in the language on screen. A count (`t(key, 3)` or `t(key, { count: 3 })`) chooses the plural
 * form. A key without a text is shown as it is: a test proves that there is none.
 */
export function t(key: string, values?: Named | number, count?: number): string {
  const source = sources[locale.value][key];
  if (source === undefined) return key;
  const named = typeof values === 'number' ? { count: values, n: values } : (values ?? {});
  return textOf(source)(count === undefined ? named : { ...named, count, n: count });
}

/** True when the key has a text: for codes that come from the server. */
export function te(key: string): boolean {
  return sources[locale.value][key] !== undefined;
}

function textOf(source: string): Text {
  let text = ready.get(source);
  if (!text) ready.set(source, (text = readText(source)));
  return text;
}

/** `t`, `te` and the language, for components. What uses `t` is drawn again when the language changes. */
export function useI18n() {
  return { t, te, locale: computed(() => locale.value) };
}

/** The same as a plugin: gives templates `$t`. */
export const i18n = {
  global: { t, te, locale },
  install(app: App): void {
    app.config.globalProperties['$t'] = t;
  },
};

async function load(book: Book, language: Locale): Promise<void> {
  if (loaded.has(`${book}.${language}`)) return;
  const { default: files } = await loaders[book][language]();
  sources[language] = { ...sources[language], ...flatten(byRoom(files)) };
  loaded.add(`${book}.${language}`);
}

/** Loads a book of texts for the current language. The phone's is opened at start, the others by their rooms' routes. */
export async function openTexts(book: Book): Promise<void> {
  openBooks.add(book);
  await load(book, currentLocale());
}

/** The language on screen now. */
export function currentLocale(): Locale {
  return locale.value;
}

/** Changes the language everywhere, after its texts have come, and remembers it on this device. */
export async function setLocale(language: Locale): Promise<void> {
  await Promise.all([...openBooks].map((book) => load(book, language)));
  locale.value = language;
  document.documentElement.lang = language;
  rememberLocale(language);
}
