import { describe, expect, it } from 'vitest';
import { mountInPage } from './mount-for-tests';
import UiWatermark from './UiWatermark.vue';

const makeMark = (props: { person: string; time: string; detail?: string }) =>
  mountInPage(UiWatermark, { props });

describe('the watermark', () => {
  it('says who looks and when, again and again, to the eye only', () => {
    const mark = makeMark({ person: '陈桂英', time: '2026-11-23 08:00', detail: '#3' });
    expect(mark.get('.ui-watermark').attributes('aria-hidden')).toBe('true');
    const words = mark.findAll('.ui-watermark-words').map((one) => one.attributes('data-words'));
    expect(words.length).toBeGreaterThan(20);
    expect(new Set(words)).toEqual(new Set(['陈桂英 · #3 · 2026-11-23 08:00']));
    expect(mark.text()).toBe('');
    expect(mark.html()).not.toContain('style=');
  });

  it('shows a name as text, whatever it is', () => {
    const mark = makeMark({ person: '<img src=x onerror=alert(1)>', time: '' });
    expect(mark.find('img').exists()).toBe(false);
    expect(mark.get('.ui-watermark-words').attributes('data-words')).toBe('<img src=x onerror=alert(1)>');
  });
});
