import { describe, expect, it } from 'vitest';
import { mountInPage } from './mount-for-tests';
import UiWatermark from './UiWatermark.vue';

describe('the watermark', () => {
  it('says who looks and when, again and again, to the eye only', () => {
    const mark = mountInPage(UiWatermark, {
      props: { person: '陈桂英', time: '2026-11-23 08:00', detail: '#3' },
    });
    const element = mark.get('.ui-watermark');
    expect(element.attributes('aria-hidden')).toBe('true');
    expect(element.text().split('陈桂英 · #3 · 2026-11-23 08:00').length).toBeGreaterThan(20);
    expect(mark.html()).not.toContain('style=');
  });

  it('shows a name as text, whatever it is', () => {
    const mark = mountInPage(UiWatermark, { props: { person: '<img src=x onerror=alert(1)>', time: '' } });
    expect(mark.find('img').exists()).toBe(false);
    expect(mark.text()).toContain('<img src=x onerror=alert(1)>');
  });
});
