import { flushPromises } from '@vue/test-utils';
import 'fake-indexeddb/auto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRouter } from '@/router';
import { i18n } from '@/i18n';
import { unknownHealth, type Unfit } from '@/storage/fitness';
import { observables } from '@/sync/phone';
import { mountInPage, openEnglishTexts } from '@/ui/mount-for-tests';
import StartDayPage from './StartDayPage.vue';

beforeAll(openEnglishTexts);
afterEach(() => document.body.replaceChildren());

async function mainButton(unfit: Unfit | null): Promise<HTMLButtonElement | undefined> {
  observables.health.set({ ...unknownHealth, persisted: true, unfit });
  const routes = [{ path: '/:rest(.*)*', component: { render: () => null } }];
  const router = createRouter({ routes });
  const page = mountInPage(StartDayPage, { global: { plugins: [i18n, router] } });
  await flushPromises();
  return page.findAll<HTMLButtonElement>('.ui-action-bar button').at(-1)?.element;
}

describe('a work day', () => {
  it.each<[string, Unfit]>([
    ['B7: on an iPhone outside of the home screen', 'not_installed'],
    ['B18: while the outbox does not open', 'outbox'],
    ['B20: in a private window', 'private'],
    ['B24: in an in-app browser', 'in_app'],
  ])('%s cannot start', async (_case, unfit) => {
    expect((await mainButton(unfit))?.disabled).toBe(true);
  });

  it('can start elsewhere, whatever of the checklist is ticked', async () => {
    expect((await mainButton(null))?.disabled).toBe(false);
  });
});
