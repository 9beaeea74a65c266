import { mount } from '@vue/test-utils';
import { afterEach, expect, test, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { surviveClockJumps } from './clock-jump';

/** A button as UiButton is one: a listener on the way down, another on the way up. */
const Button = defineComponent({
  emits: ['pressed'],
  setup: (_props, { emit }) => {
    return () => h('button', { onClickCapture: () => undefined, onClick: () => emit('pressed') });
  },
});

afterEach(() => vi.useRealTimers());

test('a button that was on the screen before the clock was set back still answers', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 });
  surviveClockJumps(document);
  const wrapper = mount(Button, { attachTo: document.body });
  await Promise.resolve();
  vi.setSystemTime(1_700_000_000_000 - 600_000);
  await wrapper.trigger('click');
  expect(wrapper.emitted('pressed')).toHaveLength(1);
  wrapper.unmount();
});
