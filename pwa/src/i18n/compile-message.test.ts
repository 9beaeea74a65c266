import { describe, expect, it } from 'vitest';
import { createI18n } from 'vue-i18n';
import { setLocale } from './index';

// Importing ./index registers our compiler with vue-i18n.
void setLocale;

const i18n = createI18n({
  legacy: false,
  locale: 'en',
  messages: {
    en: {
      plain: 'Today',
      named: '{name}: {count} of {total}',
      stores: 'one store | {count} stores',
      queue: 'nothing waits | one waits | {count} wait',
      table: 'shelf|backroom',
    },
  },
});
const t = i18n.global.t as (key: string, ...rest: unknown[]) => string;

describe('a text', () => {
  it('is shown as it stands', () => {
    expect(t('plain')).toBe('Today');
    expect(t('table')).toBe('shelf|backroom');
  });

  it('has its named places filled, in any order', () => {
    expect(t('named', { total: 40, name: 'Count', count: 0 })).toBe('Count: 0 of 40');
  });

  it('takes the form of its number', () => {
    expect(t('stores', 1)).toBe('one store');
    expect(t('stores', 3)).toBe('3 stores');
    expect([0, 1, 5].map((count) => t('queue', count))).toEqual(['nothing waits', 'one waits', '5 wait']);
  });
});
