import { nextTick } from 'vue';
import type { RouteLocationNormalizedGeneric, RouterScrollBehavior } from 'vue-router';

type Page = Pick<RouteLocationNormalizedGeneric, 'path' | 'hash'>;

/** Back and forward return to where the page was; a new page begins at its top. */
export const restoreScroll: RouterScrollBehavior = (to, from, saved) => {
  if (saved) return saved;
  if (to.hash) return { el: to.hash };
  return to.path === from.path ? undefined : { top: 0 };
};

/**
 * After a page change the new page's heading takes the focus: a screen reader reads it, and the next Tab starts there.
 * The first page keeps the browser's own start.
 */
export async function focusHeading(to: Page, from: Page): Promise<void> {
  if (to.path === from.path) return;
  await nextTick();
  const heading = document.querySelector<HTMLElement>('h1[tabindex="-1"]') ?? document.getElementById('main');
  heading?.focus({ preventScroll: true });
}
