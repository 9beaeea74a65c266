import { enableAutoUnmount } from '@vue/test-utils';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { mountInPage, openEnglishTexts } from './mount-for-tests';
import UiStepper from './UiStepper.vue';

beforeAll(openEnglishTexts);
beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());
enableAutoUnmount(afterEach);

function makeStepper(value: number | null, extra: object = {}) {
  const wrapper = mountInPage(UiStepper, {
    props: {
      label: 'Cola',
      modelValue: value,
      'onUpdate:modelValue': (next: number | null) => wrapper.setProps({ modelValue: next }),
      ...extra,
    },
  });
  const [minus, number, plus] = wrapper.findAll('button');
  if (!minus || !number || !plus) throw new Error('a stepper has three buttons');
  return { wrapper, minus, number, plus, value: () => wrapper.props('modelValue') };
}

describe('a stepper', () => {
  it('changes on the touch itself, before the finger is lifted', async () => {
    const { plus, value } = makeStepper(4);
    await plus.trigger('pointerdown', { button: 0 });
    expect(value()).toBe(5);
  });

  it('counts a touch and the click that follows it once', async () => {
    const { plus, value } = makeStepper(4);
    await plus.trigger('pointerdown', { button: 0 });
    await plus.trigger('pointerup');
    await plus.trigger('click', { detail: 1 });
    expect(value()).toBe(5);
  });

  it('counts a click from a keyboard or a screen reader', async () => {
    const { minus, value } = makeStepper(4);
    await minus.trigger('click', { detail: 0 });
    expect(value()).toBe(3);
  });

  it('repeats while held and stops when let go', async () => {
    const { plus, value } = makeStepper(0);
    await plus.trigger('pointerdown', { button: 0 });
    await vi.advanceTimersByTimeAsync(400 + 4 * 80);
    await plus.trigger('pointerup');
    const held = value();
    expect(held).toBe(6);
    await vi.advanceTimersByTimeAsync(2000);
    expect(value()).toBe(held);
  });

  it('takes the change back when the touch becomes a scroll', async () => {
    const { plus, value } = makeStepper(7);
    await plus.trigger('pointerdown', { button: 0 });
    await plus.trigger('pointercancel');
    expect(value()).toBe(7);
  });

  it('says none with a minus and one with a plus when nothing was counted', async () => {
    const none = makeStepper(null);
    await none.minus.trigger('click', { detail: 0 });
    expect(none.value()).toBe(0);
    const one = makeStepper(null);
    await one.plus.trigger('click', { detail: 0 });
    expect(one.value()).toBe(1);
  });

  it('stays within its bounds', async () => {
    const { minus, plus, value } = makeStepper(1, { max: 2 });
    for (const button of [minus, minus, minus]) await button.trigger('click', { detail: 0 });
    expect(value()).toBe(0);
    for (const button of [plus, plus, plus, plus]) await button.trigger('click', { detail: 0 });
    expect(value()).toBe(2);
  });

  it('opens the keypad when its number is tapped, and names number and label', async () => {
    const { wrapper, number } = makeStepper(null);
    expect(number.attributes('aria-label')).toBe('Cola: not entered');
    await number.trigger('click');
    expect(wrapper.emitted('openKeypad')).toHaveLength(1);
  });

  it('does nothing while disabled', async () => {
    const { plus, value } = makeStepper(3, { disabled: true });
    await plus.trigger('pointerdown', { button: 0 });
    expect(value()).toBe(3);
  });
});
