import type { Router } from '@/router';

/**
 * Turns a click on a link of our own into a router navigation, so that components need to know no
 * router. New tabs, downloads, other origins and the API stay with the browser.
 */
export function followLinks(router: Router, root: Document = document): () => void {
  function follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const path = link ? ownPath(link) : null;
    if (path === null) return;
    event.preventDefault();
    void router.push(path);
  }

  root.addEventListener('click', follow);
  return () => root.removeEventListener('click', follow);
}

function ownPath(link: HTMLAnchorElement): string | null {
  const href = link.getAttribute('href');
  if (href === null || href.startsWith('#') || link.target || link.hasAttribute('download')) return null;
  const url = new URL(link.href, window.location.href);
  if (url.origin !== window.location.origin || url.pathname.startsWith('/api/')) return null;
  return url.pathname + url.search + url.hash;
}
