import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h } from 'vue';
import { createRouter, RouterView, useRoute, type Guard, type RouteRecord, type Router } from './index';

const page = (name: string) =>
  defineComponent({
    props: { id: { type: Number, default: 0 } },
    setup: (props) => {
      const route = useRoute();
      return () =>
        h('h1', `${name} ${String(props.id)} ${route.params['step'] ?? ''} ${route.query['q'] ?? ''}`);
    },
  });

const routes: RouteRecord[] = [
  { path: '/', redirect: '/today' },
  { path: '/today', name: 'today', component: page('today'), meta: { tabs: true } },
  { path: '/lazy', component: () => Promise.resolve({ default: page('lazy') }) },
  { path: '/gone', component: () => Promise.reject(new Error('gone')) },
  {
    path: '/visit/:id(\\d+)/:step?',
    name: 'visit',
    component: page('visit'),
    props: (to) => ({ id: Number(to.params['id']) }),
  },
  {
    path: '/depot/:rest(.*)?',
    more: () =>
      Promise.resolve([
        { path: '/depot', redirect: '/depot/trucks' },
        { path: '/depot/trucks', name: 'trucks', component: page('trucks') },
      ]),
  },
  { path: '/:rest(.*)*', name: 'not-found', component: page('nothing') },
];

let apps: ReturnType<typeof mount>[] = [];

async function start(path: string, prepare: (router: Router) => void = () => undefined) {
  history.replaceState(null, '', path);
  const router = createRouter({ routes });
  prepare(router);
  const app = mount(RouterView, { global: { plugins: [router] } });
  apps.push(app);
  await flushPromises();
  return { router, shows: () => app.text().trim() };
}

beforeEach(() => {
  location.href = 'http://localhost:3000/';
});
afterEach(() => {
  apps.forEach((app) => app.unmount());
  apps = [];
});

describe('the router', () => {
  it('begins at the address of the page', async () => {
    const { router, shows } = await start('/visit/7/count?q=a%20b');
    expect(shows()).toBe('visit 7 count a b');
    expect(router.route).toMatchObject({
      name: 'visit',
      params: { id: '7', step: 'count' },
      query: { q: 'a b' },
    });
  });

  it('follows a redirection and leaves its address out of the history', async () => {
    const { shows } = await start('/');
    expect(shows()).toBe('today 0');
    expect(location.pathname).toBe('/today');
  });

  it('shows the last route where nothing else matches, and matches places by their pattern', async () => {
    const { router } = await start('/visit/seven');
    expect(router.route.name).toBe('not-found');
  });

  it('goes to a route by name, with what is missing left out', async () => {
    const { router, shows } = await start('/today');
    await router.push({ name: 'visit', params: { id: 12 }, query: { q: 'x y', none: undefined } });
    expect(router.route.fullPath).toBe('/visit/12?q=x+y');
    expect(shows()).toBe('visit 12  x y');
  });

  it('stays on the page and in its history entry when only a place is replaced', async () => {
    const { router, shows } = await start('/visit/7/greet?q=1');
    const entries = history.length;
    await router.replace({ params: { ...router.route.params, step: 'count' }, query: router.route.query });
    expect(shows()).toBe('visit 7 count 1');
    expect(location.pathname + location.search).toBe('/visit/7/count?q=1');
    expect(history.length).toBe(entries);
  });

  it('sends away whom a guard sends elsewhere, before the page is seen', async () => {
    const guard: Guard = (to) => (to.name === 'visit' ? { name: 'today', query: { q: to.fullPath } } : true);
    const { router, shows } = await start('/visit/7', (router) => router.beforeEach(guard));
    expect(shows()).toBe('today 0  /visit/7');
    expect(router.route.meta.tabs).toBe(true);
  });

  it('fetches a lazy page before it changes the address', async () => {
    const { router, shows } = await start('/today');
    const going = router.push('/lazy');
    expect(location.pathname).toBe('/today');
    await going;
    await flushPromises();
    expect([location.pathname, shows()]).toEqual(['/lazy', 'lazy 0']);
  });

  it('fetches the pages of a part of the app when it is first entered', async () => {
    const { router, shows } = await start('/today');
    await router.push('/depot');
    await flushPromises();
    expect([shows(), location.pathname]).toEqual(['trucks 0', '/depot/trucks']);
    await router.push('/depot/nowhere');
    await flushPromises();
    expect(shows()).toBe('nothing 0');
    await router.push({ name: 'trucks' });
    await flushPromises();
    expect(shows()).toBe('trucks 0');
  });

  it('says which page did not come, and stays', async () => {
    const failed = vi.fn<(path: string) => void>();
    const { router, shows } = await start('/today', (router) =>
      router.onError((_error, to) => failed(to.fullPath)),
    );
    await expect(router.push('/gone')).rejects.toThrow('gone');
    expect(failed).toHaveBeenCalledWith('/gone');
    expect([location.pathname, shows()]).toEqual(['/today', 'today 0']);
  });

  it('lets the later of two navigations win', async () => {
    const { router } = await start('/today');
    const [slow, fast] = await Promise.all([router.push('/lazy'), router.push('/visit/3')]);
    expect([slow, fast]).toEqual(['cancelled', undefined]);
    expect(router.route.name).toBe('visit');
  });

  it('does nothing where one is already', async () => {
    const { router } = await start('/today');
    const entries = history.length;
    expect(await router.push('/today')).toBe('duplicated');
    expect(history.length).toBe(entries);
  });

  it('follows back and forward', async () => {
    const { router } = await start('/today');
    await router.push('/visit/3');
    history.replaceState({ position: 0 }, '', '/today');
    window.dispatchEvent(new PopStateEvent('popstate'));
    await flushPromises();
    expect(router.route.name).toBe('today');
  });
});
