import { nextTick } from 'vue';
import type { RouteLocation, ScrollBehavior } from '@/router';
import { scroller } from './scroller';

type Page = Pick<RouteLocation, 'path' | 'hash' | 'fullPath'>;

/** How far each page was scrolled when it was left. Bounded: a day has a few dozen addresses. */
const left = new Map<string, number>();
const mostPages = 200;
/** A page may still be reading its data when it comes back; after a quarter of a second it stays where it is. */
const mostFrames = 15;

/** Remember where a page was, before the next one takes its place. */
export function rememberScroll(from: Page): void {
  const at = scroller()?.scrollTop ?? 0;
  if (left.size >= mostPages) left.clear();
  left.set(from.fullPath, at);
}

/** Back and forward return to where the page was; a new page begins at its top. */
export const restoreScroll: ScrollBehavior = async (to, from, saved) => {
  if (!saved) {
    if (to.hash) return { el: to.hash };
    return to.path === from.path ? undefined : { top: 0 };
  }
  const wanted = left.get(to.fullPath) ?? 0;
  for (let frame = 0; frame < mostFrames && wanted > 0; frame += 1) {
    const main = scroller();
    main?.scrollTo(0, wanted);
    if (main && main.scrollTop >= wanted) break;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return saved;
};

/**
 * After a page change the new page's heading takes the focus: a screen reader reads it, and the next Tab starts there.
 * The first page keeps the browser's own start.
 */
export async function focusHeading(to: Page, from: Page): Promise<void> {
  if (to.path === from.path) return;
  await nextTick();
  const heading = document.querySelector<HTMLElement>('h1[tabindex="-1"]') ?? scroller();
  heading?.focus({ preventScroll: true });
}
