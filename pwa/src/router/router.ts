import { inject, nextTick, shallowRef, type App, type Component, type InjectionKey } from 'vue';
import { createMatcher } from './matcher';
import type { Guard, Position, RouteLocation, RouteRecord, ScrollBehavior, Target } from './types';

type AfterEach = (to: RouteLocation, from: RouteLocation, failure?: Failure) => void;
type OnError = (error: unknown, to: RouteLocation, from: RouteLocation) => void;
/** Why a navigation ended elsewhere: another one began, or one is there already. */
export type Failure = 'cancelled' | 'duplicated';

export interface RouterOptions {
  routes: readonly RouteRecord[];
  scrollBehavior?: ScrollBehavior;
}

/** What a history entry of ours keeps: its place in the row, and how far its page was scrolled when it was left. */
interface Entry {
  position: number;
  scroll?: Position;
}

const nowhere: RouteLocation = {
  name: undefined,
  path: '/',
  fullPath: '',
  hash: '',
  params: {},
  query: {},
  meta: {},
  matched: [],
};
const maxRedirects = 10;

export type Router = ReturnType<typeof createRouter>;
export const routerKey: InjectionKey<Router> = Symbol('router');

/**
 * Pages by address, for an app whose routes are a flat list. It has the part of vue-router's interface that our screens use
 * (docs/decisions/0010): guards may redirect, lazy pages come before the address changes, a later navigation wins.
 */
export function createRouter({ routes, scrollBehavior }: RouterOptions) {
  const matcher = createMatcher(routes);
  const current = shallowRef(nowhere);
  const pages = new Map<RouteRecord, Component>();
  const guards: Guard[] = [];
  const afters: AfterEach[] = [];
  const errorHandlers: OnError[] = [];
  const scrolls = new Map<number, Position>();
  let position = 0;
  let latest = 0;

  async function openPage({ matched: [record] }: RouteLocation): Promise<void> {
    if (!record?.component || pages.has(record)) return;
    const { component } = record;
    pages.set(
      record,
      typeof component === 'function'
        ? (await (component as () => Promise<{ default: Component }>)()).default
        : component,
    );
  }

  /** Where the guards let one go in the end. */
  async function decide(wanted: RouteLocation, isLatest: () => boolean): Promise<RouteLocation> {
    const from = current.value;
    let to = wanted;
    for (let turns = 0; turns <= maxRedirects; turns += 1) {
      const elsewhere = await verdictOn(to, from, isLatest);
      if (elsewhere === undefined) return to;
      to = matcher.resolve(elsewhere, to);
    }
    throw new Error(`${wanted.fullPath} redirects without end`);
  }

  async function verdictOn(
    to: RouteLocation,
    from: RouteLocation,
    isLatest: () => boolean,
  ): Promise<Target | undefined> {
    const [record] = to.matched;
    if (record?.more) {
      matcher.replace(record, await record.more());
      return to.fullPath;
    }
    if (record?.redirect !== undefined) return record.redirect;
    // A page's own guard stands at its door: moving about inside asks it nothing.
    const own = record?.beforeEnter && from.matched[0] !== record ? [record.beforeEnter] : [];
    for (const guard of [...guards, ...own]) {
      if (!isLatest()) return undefined;
      const verdict = await guard(to, from);
      if (verdict !== undefined && verdict !== true) return verdict;
    }
    return undefined;
  }

  async function navigate(
    wanted: RouteLocation,
    commit: (to: RouteLocation) => Position | null,
  ): Promise<Failure | undefined> {
    const turn = ++latest;
    const isLatest = () => turn === latest;
    const from = current.value;
    let to = wanted;
    try {
      to = await decide(wanted, isLatest);
      if (isLatest()) await openPage(to);
    } catch (error) {
      if (isLatest()) errorHandlers.forEach((handle) => handle(error, to, from));
      throw error;
    }
    const failure = !isLatest() ? 'cancelled' : to.fullPath === from.fullPath ? 'duplicated' : undefined;
    if (failure === undefined) {
      const saved = commit(to);
      current.value = to;
      void scroll(to, from, saved);
    }
    afters.forEach((after) => after(to, from, failure));
    return failure;
  }

  async function scroll(to: RouteLocation, from: RouteLocation, saved: Position | null): Promise<void> {
    await nextTick();
    const wish = await scrollBehavior?.(to, from, saved);
    if (!wish) return;
    if ('el' in wish) document.getElementById(decodeURIComponent(wish.el.slice(1)))?.scrollIntoView();
    else window.scrollTo({ left: wish.left ?? window.scrollX, top: wish.top ?? window.scrollY });
  }

  function keepScroll(): Position {
    const at = { left: window.scrollX, top: window.scrollY };
    scrolls.set(position, at);
    return at;
  }

  function write(to: RouteLocation, isNew: boolean): null {
    if (isNew) {
      history.replaceState({ ...entryOf(history.state), scroll: keepScroll() }, '');
      position += 1;
      scrolls.delete(position);
      history.pushState({ position } satisfies Entry, '', to.fullPath);
    } else {
      history.replaceState({ position } satisfies Entry, '', to.fullPath);
    }
    return null;
  }

  /** Back and forward: the browser has the address already; only a redirection changes it. */
  function follow(isFirst = false): Promise<Failure | undefined> {
    const entry = entryOf(history.state);
    const wanted = matcher.locate(location.pathname + location.search + location.hash);
    if (!isFirst) keepScroll();
    position = entry.position;
    return navigate(wanted, (to) => {
      if (to.fullPath !== wanted.fullPath || isFirst) history.replaceState(entry, '', to.fullPath);
      return scrolls.get(position) ?? entry.scroll ?? null;
    });
  }

  const ignore = () => undefined;
  const onPop = () => void follow().catch(ignore);
  const onLeave = () => history.replaceState({ ...entryOf(history.state), scroll: keepScroll() }, '');

  const router = {
    currentRoute: current,
    /** A getter for each part, so that what reads one is drawn again when the place changes. */
    route: readingOf(() => current.value),
    pageOf: (record: RouteRecord) => pages.get(record),
    push: async (target: Target) => navigate(matcher.resolve(target, current.value), (to) => write(to, true)),
    replace: async (target: Target) =>
      navigate(matcher.resolve(target, current.value), (to) => write(to, false)),
    back: () => history.back(),
    beforeEach: (guard: Guard) => void guards.push(guard),
    afterEach: (after: AfterEach) => void afters.push(after),
    /** A navigation that broke: a lazy page did not come, or a guard failed. */
    onError: (handle: OnError) => void errorHandlers.push(handle),
    /** Begins at the page's address; call once. Back and forward are followed from then on. */
    install(app: App): void {
      app.provide(routerKey, router);
      if (scrollBehavior) history.scrollRestoration = 'manual';
      window.addEventListener('popstate', onPop);
      window.addEventListener('pagehide', onLeave);
      app.onUnmount(() => {
        window.removeEventListener('popstate', onPop);
        window.removeEventListener('pagehide', onLeave);
      });
      void follow(true).catch(ignore);
    },
  };
  return router;
}

function readingOf(read: () => RouteLocation): RouteLocation {
  const keys = Object.keys(nowhere) as (keyof RouteLocation)[];
  const getters = keys.map((key) => [key, { get: () => read()[key], enumerable: true }] as const);
  return Object.defineProperties({}, Object.fromEntries(getters)) as RouteLocation;
}

function entryOf(state: unknown): Entry {
  const isOurs =
    typeof state === 'object' && state !== null && 'position' in state && typeof state.position === 'number';
  return isOurs ? (state as Entry) : { position: 0 };
}

export function useRouter(): Router {
  const router = inject(routerKey);
  if (!router) throw new Error('the app has no router');
  return router;
}

/** Where one is; its parts are reactive. */
export function useRoute(): RouteLocation {
  return useRouter().route;
}
