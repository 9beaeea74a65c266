import { enableAutoUnmount } from '@vue/test-utils';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mountInPage, openEnglishTexts } from './mount-for-tests';
import UiKeypad from './UiKeypad.vue';

beforeAll(openEnglishTexts);
enableAutoUnmount(afterEach);

function makeKeypad(value: number | null, extra: object = {}) {
  const wrapper = mountInPage(UiKeypad, {
    props: {
      label: 'Cola',
      subject: 1,
      modelValue: value,
      'onUpdate:modelValue': (next: number | null) => wrapper.setProps({ modelValue: next }),
      ...extra,
    },
  });
  const press = async (name: string) => {
    const key = wrapper
      .findAll('button')
      .find((button) => button.text() === name || button.attributes('aria-label') === name);
    if (!key) throw new Error(`no key ${name}`);
    await key.trigger('pointerdown', { button: 0 });
    await key.trigger('click', { detail: 1 });
  };
  return { wrapper, press, value: () => wrapper.props('modelValue') };
}

describe('a keypad', () => {
  it('replaces the old number with the first digit and appends the next ones', async () => {
    const { press, value } = makeKeypad(48);
    await press('1');
    expect(value()).toBe(1);
    await press('2');
    await press('0');
    expect(value()).toBe(120);
  });

  it('replaces again when the subject changes', async () => {
    const { wrapper, press, value } = makeKeypad(null);
    await press('7');
    await wrapper.setProps({ subject: 2, modelValue: 30 });
    await press('5');
    expect(value()).toBe(5);
  });

  it('keeps zero apart from nothing', async () => {
    const { press, value } = makeKeypad(null);
    await press('0');
    expect(value()).toBe(0);
    await press('Delete the last digit');
    expect(value()).toBeNull();
  });

  it('takes digits away one by one', async () => {
    const { press, value } = makeKeypad(null);
    for (const digit of ['1', '2', '3']) await press(digit);
    await press('Delete the last digit');
    expect(value()).toBe(12);
    await press('Clear');
    expect(value()).toBeNull();
  });

  it('refuses a digit that would pass its limit', async () => {
    const { press, value } = makeKeypad(null, { max: 99 });
    for (const digit of ['9', '9', '9']) await press(digit);
    expect(value()).toBe(99);
  });

  it('answers a keyboard', async () => {
    const { wrapper, value } = makeKeypad(null);
    await wrapper.trigger('keydown', { key: '4' });
    await wrapper.trigger('keydown', { key: '2' });
    await wrapper.trigger('keydown', { key: 'Backspace' });
    expect(value()).toBe(4);
    await wrapper.trigger('keydown', { key: 'Escape' });
    expect(wrapper.emitted('close')).toHaveLength(1);
  });

  it('goes to the next with its large key', async () => {
    const { wrapper, press } = makeKeypad(3);
    await press('Next');
    expect(wrapper.emitted('next')).toHaveLength(1);
  });
});
