import { enableAutoUnmount } from '@vue/test-utils';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { h } from 'vue';
import { mountInPage, openEnglishTexts } from './mount-for-tests';
import UiField from './UiField.vue';
import UiNumberInput from './UiNumberInput.vue';
import UiTextInput from './UiTextInput.vue';

beforeAll(openEnglishTexts);
enableAutoUnmount(afterEach);

function makeField(props: object) {
  return mountInPage(UiField, {
    props: { label: 'Name', ...props },
    slots: { default: () => h(UiTextInput) },
  });
}

describe('a field', () => {
  it('labels the control inside it', () => {
    const wrapper = makeField({});
    expect(wrapper.get('label').attributes('for')).toBe(wrapper.get('input').attributes('id'));
    expect(wrapper.get('input').attributes('aria-invalid')).toBeUndefined();
  });

  it('ties hint and error to the control, the error first', () => {
    const wrapper = makeField({ hint: 'As on the sign', error: 'The name is missing' });
    const input = wrapper.get('input');
    expect(input.attributes('aria-invalid')).toBe('true');
    const described = (input.attributes('aria-describedby') ?? '')
      .split(' ')
      .map((id) => document.getElementById(id)?.textContent);
    expect(described).toEqual(['The name is missing', 'As on the sign']);
  });

  it('drops the tie when the error is mended', async () => {
    const wrapper = makeField({ error: 'The name is missing' });
    await wrapper.setProps({ error: null });
    expect(wrapper.get('input').attributes('aria-describedby')).toBeUndefined();
  });

  it('says that a control is required or optional', () => {
    expect(makeField({ required: true }).get('input').attributes('aria-required')).toBe('true');
    expect(makeField({ optional: true }).get('label').text()).toBe('Name optional');
  });
});

describe('a number input', () => {
  function makeInput(props: object) {
    const wrapper = mountInPage(UiNumberInput, {
      props: {
        modelValue: null,
        'onUpdate:modelValue': (value: number | null) => wrapper.setProps({ modelValue: value }),
        ...props,
      },
    });
    return wrapper;
  }

  it('reads full-width digits and grouped thousands', async () => {
    const wrapper = makeInput({});
    await wrapper.get('input').setValue('１,２３４');
    expect(wrapper.props('modelValue')).toBe(1234);
  });

  it('keeps the last number and shows a fault for text that is none', async () => {
    const wrapper = makeInput({ modelValue: 5 });
    await wrapper.get('input').setValue('5x');
    expect(wrapper.props('modelValue')).toBe(5);
    expect(wrapper.emitted('invalid')).toEqual([['5x']]);
    expect(wrapper.get('input').attributes('aria-invalid')).toBe('true');
  });

  it('refuses what lies outside its range, and a fraction where none is allowed', async () => {
    const wrapper = makeInput({ min: 0, max: 10 });
    for (const text of ['11', '-1', '1.5', 'NaN', '1e3', 'Infinity'])
      await wrapper.get('input').setValue(text);
    expect(wrapper.props('modelValue')).toBeNull();
    expect(wrapper.emitted('invalid')).toHaveLength(6);
  });

  it('does not rewrite what is being typed', async () => {
    const wrapper = makeInput({ decimals: 2 });
    await wrapper.get('input').setValue('1.50');
    expect(wrapper.props('modelValue')).toBe(1.5);
    expect(wrapper.get('input').element.value).toBe('1.50');
  });
});
