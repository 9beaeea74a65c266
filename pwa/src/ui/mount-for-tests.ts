import { mount } from '@vue/test-utils';
import { i18n, openTexts, setLocale } from '@/i18n';

/** Call in `beforeAll`: tests read the English texts. */
export async function openEnglishTexts(): Promise<void> {
  await openTexts('phone');
  await openTexts('rooms');
  await setLocale('en');
}

/** Mounts into the page, so that focus works, with the texts in place. */
export const mountInPage: typeof mount = ((component: Parameters<typeof mount>[0], options: object = {}) =>
  mount(component, { attachTo: document.body, global: { plugins: [i18n] }, ...options })) as typeof mount;
