import { flushPromises, mount } from '@vue/test-utils';
import { expect, test } from 'vitest';
import { failure, type RequestFunction } from '@/api';
import AskMore from './AskMore.vue';

const sent: Record<string, unknown>[] = [];
let refuses = false;

/** The server as far as this asks it. */
const send: RequestFunction = (_method, _path, options) => {
  sent.push(options?.body as Record<string, unknown>);
  if (!refuses) {
    const headers = new Headers();
    return Promise.resolve({ ok: true, status: 201, data: {}, headers, sentAt: 0, receivedAt: 0 });
  }
  const refused = failure('http', 409);
  return Promise.resolve({ ...refused, problem: { ...refused.problem, detail: 'ten wait already' } });
};

test('more openings are asked for with words, once by its id, and the request is shown as waiting', async () => {
  refuses = true;
  const page = mount(AskMore, { props: { outletId: 7, send } });
  expect(page.get('button').attributes('disabled')).toBeDefined();
  await page.get('input').setValue(' 对账要打给老板 ');
  await page.get('button').trigger('click');
  await flushPromises();
  expect(page.text()).toContain('ten wait already');
  refuses = false;
  await page.get('button').trigger('click');
  await flushPromises();
  expect(page.find('input').exists()).toBe(false);
  expect(page.find('button').exists()).toBe(false);
  expect(sent.map((body) => [body['outlet_id'], body['words']])).toEqual([
    [7, '对账要打给老板'],
    [7, '对账要打给老板'],
  ]);
  expect(new Set(sent.map((body) => body['request_id'])).size).toBe(1);
});
