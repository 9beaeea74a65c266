/** What scrolls on a phone's page: the part between its bars. Null on a page without one. */
export function scroller(): HTMLElement | null {
  return document.getElementById('main');
}
