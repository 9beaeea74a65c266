import { enableAutoUnmount } from '@vue/test-utils';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nextTick } from 'vue';
import { mountInPage, openEnglishTexts } from './mount-for-tests';
import UiConfirmDialog from './UiConfirmDialog.vue';
import UiDialog from './UiDialog.vue';

beforeAll(openEnglishTexts);
enableAutoUnmount(afterEach);

function makeDialog(extra: object = {}, slot = '<p>Text</p>') {
  const wrapper = mountInPage(UiDialog, {
    props: {
      open: false,
      title: 'Keep this visit?',
      'onUpdate:open': (open: boolean) => wrapper.setProps({ open }),
      ...extra,
    },
    slots: { default: slot },
  });
  const show = async () => {
    await wrapper.setProps({ open: true });
    await nextTick();
    await nextTick();
  };
  return { wrapper, show };
}

describe('a dialog', () => {
  it('has its content only while it is open, and is named by its title', async () => {
    const { wrapper, show } = makeDialog();
    expect(wrapper.find('h2').exists()).toBe(false);
    await show();
    const title = wrapper.get('h2');
    expect(wrapper.get('dialog').attributes('aria-labelledby')).toBe(title.attributes('id'));
    expect((wrapper.element as HTMLDialogElement).open).toBe(true);
  });

  it('gives the focus to its heading', async () => {
    const { wrapper, show } = makeDialog();
    await show();
    expect(document.activeElement).toBe(wrapper.get('h2').element);
  });

  it('gives the focus to what asks for it', async () => {
    const { wrapper, show } = makeDialog({}, '<input autofocus>');
    await show();
    expect(document.activeElement).toBe(wrapper.get('input').element);
  });

  it('closes by its button and says so once', async () => {
    const { wrapper, show } = makeDialog();
    await show();
    await wrapper.get('button[aria-label="Close"]').trigger('click');
    expect(wrapper.props('open')).toBe(false);
    expect(wrapper.emitted('close')).toHaveLength(1);
  });

  it('does not close by Escape or the backdrop when it must be answered', async () => {
    const { wrapper, show } = makeDialog({ dismissable: false });
    await show();
    const escape = new Event('cancel', { cancelable: true });
    wrapper.element.dispatchEvent(escape);
    expect(escape.defaultPrevented).toBe(true);
    await wrapper.trigger('click');
    expect(wrapper.props('open')).toBe(true);
    expect(wrapper.find('button[aria-label="Close"]').exists()).toBe(false);
  });
});

describe('a question', () => {
  function makeQuestion() {
    const wrapper = mountInPage(UiConfirmDialog, {
      props: {
        open: true,
        title: 'Delete?',
        confirmLabel: 'Delete',
        'onUpdate:open': (open: boolean) => wrapper.setProps({ open }),
      },
    });
    return wrapper;
  }

  it('is answered no by its close button', async () => {
    const wrapper = makeQuestion();
    await nextTick();
    await wrapper.get('button[aria-label="Close"]').trigger('click');
    expect(wrapper.emitted('cancel')).toHaveLength(1);
    expect(wrapper.emitted('confirm')).toBeUndefined();
  });

  it('is answered yes without a no when it is closed afterwards', async () => {
    const wrapper = makeQuestion();
    await nextTick();
    const yes = wrapper.findAll('button').find((button) => button.text() === 'Delete');
    await yes?.trigger('click');
    await wrapper.setProps({ open: false });
    expect(wrapper.emitted('confirm')).toHaveLength(1);
    expect(wrapper.emitted('cancel')).toBeUndefined();
  });
});
