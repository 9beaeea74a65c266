import { beforeAll, describe, expect, it } from 'vitest';
import { computed } from 'vue';
import { openEnglishTexts } from '@/ui/mount-for-tests';
import { setLocale, t, te } from './index';
import { flatten } from './messages/by-room';
import { readText } from './text';

describe('a text', () => {
  it('is shown as it stands', () => {
    expect(readText('Today')({})).toBe('Today');
    expect(readText('shelf|backroom')({})).toBe('shelf|backroom');
  });

  it('has its named places filled, in any order', () => {
    expect(readText('{name}: {count} of {total}')({ total: 40, name: 'Count', count: 0 })).toBe(
      'Count: 0 of 40',
    );
  });

  it('is empty where a value is missing, never "undefined"', () => {
    expect(readText('by {name}')({ name: null })).toBe('by ');
  });

  it('does not read a value as a text', () => {
    expect(readText('{name}')({ name: '{count} | x' })).toBe('{count} | x');
  });

  it('takes the form of its number', () => {
    const stores = readText('one store | {count} stores');
    expect([0, 1, 3].map((count) => stores({ count }))).toEqual(['0 stores', 'one store', '3 stores']);
    const queue = readText('nothing waits | one waits | {count} wait');
    expect([0, 1, 5].map((count) => queue({ count }))).toEqual(['nothing waits', 'one waits', '5 wait']);
  });
});

describe('the language', () => {
  beforeAll(openEnglishTexts);

  it('is changed everywhere at once', async () => {
    const label = computed(() => t('ui.cancel'));
    expect(label.value).toBe('Cancel');
    await setLocale('zh-CN');
    expect(label.value).toBe('取消');
    expect(document.documentElement.lang).toBe('zh-CN');
    await setLocale('en');
  });

  it('shows a key that has no text, and knows that it has none', () => {
    expect(t('ui.noSuchText')).toBe('ui.noSuchText');
    expect([te('ui.noSuchText'), te('ui.step.done')]).toEqual([false, true]);
  });

  it('finds the texts of a group', () => {
    expect(flatten({ today: { stop: { late: 'Late' } } })).toEqual({ 'today.stop.late': 'Late' });
  });
});
