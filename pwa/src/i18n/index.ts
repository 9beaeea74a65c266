import { registerMessageCompiler, type MessageCompiler } from '@intlify/core-base';
import { createI18n } from 'vue-i18n';
import { compileMessage } from './compile-message';
import { chosenLocale, rememberLocale, type Locale } from './locale';
import { byRoom, type Texts } from './messages/by-room';

export { useI18n } from 'vue-i18n';
export { locales, type Locale } from './locale';

type Book = 'phone' | 'desk';
type Loader = () => Promise<{ default: Record<string, Texts> }>;

registerMessageCompiler(((message) => compileMessage(String(message))) as MessageCompiler);

const loaders: Record<Book, Record<Locale, Loader>> = {
  phone: {
    'zh-CN': () => import('./messages/phone.zh-CN'),
    en: () => import('./messages/phone.en'),
  },
  desk: {
    'zh-CN': () => import('./messages/desk.zh-CN'),
    en: () => import('./messages/desk.en'),
  },
};

export const i18n = createI18n({
  legacy: false,
  locale: chosenLocale(),
  fallbackLocale: [],
  missingWarn: import.meta.env.DEV,
  messages: {},
});

const openBooks = new Set<Book>();
const loaded = new Set<string>();

async function load(book: Book, locale: Locale): Promise<void> {
  if (loaded.has(`${book}.${locale}`)) return;
  const { default: files } = await loaders[book][locale]();
  i18n.global.mergeLocaleMessage(locale, byRoom(files));
  loaded.add(`${book}.${locale}`);
}

/** Loads a book of texts for the current language. The phone's is opened at start, the desk's by the desk's door. */
export async function openTexts(book: Book): Promise<void> {
  openBooks.add(book);
  await load(book, currentLocale());
}

/** The language on screen now. */
export function currentLocale(): Locale {
  return i18n.global.locale.value as Locale;
}

/** Changes the language everywhere, after its texts have come, and remembers it on this device. */
export async function setLocale(locale: Locale): Promise<void> {
  await Promise.all([...openBooks].map((book) => load(book, locale)));
  i18n.global.locale.value = locale;
  document.documentElement.lang = locale;
  rememberLocale(locale);
}
