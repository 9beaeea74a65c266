import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Router } from '@/router';
import { followLinks } from './links';
import { isInside } from './navigation';
import { workerUrl } from './worker';

afterEach(() => document.body.replaceChildren());

function click(attributes: Record<string, string>, init: MouseEventInit = {}) {
  const push = vi.fn<(path: string) => Promise<void>>(() => Promise.resolve());
  const stop = followLinks({ push } as unknown as Router);
  const link = document.createElement('a');
  Object.entries(attributes).forEach(([name, value]) => link.setAttribute(name, value));
  document.body.append(link);
  // Whatever is not followed must not leave the test's page.
  window.addEventListener('click', (event) => event.preventDefault(), { once: true });
  link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, button: 0, ...init }));
  stop();
  return push;
}

describe('a link', () => {
  it('of our own is followed by the router', () => {
    expect(click({ href: '/card/7?tab=people#notes' })).toHaveBeenCalledWith('/card/7?tab=people#notes');
  });

  it.each([
    ['in a new tab', { href: '/today', target: '_blank' }, {}],
    ['with a modifier key', { href: '/today' }, { ctrlKey: true }],
    ['to download', { href: '/today', download: '' }, {}],
    ['to the API', { href: '/api/v1/exports/3' }, {}],
    ['to another origin', { href: 'https://example.org/' }, {}],
    ['to a phone number', { href: 'tel:12345' }, {}],
    ['within the page', { href: '#main' }, {}],
  ])('%s is left to the browser', (_case, attributes, init) => {
    expect(click(attributes as Record<string, string>, init)).not.toHaveBeenCalled();
  });
});

describe('a destination', () => {
  it('is current on its own page and on those inside it', () => {
    expect(isInside('/routes/7', '/routes')).toBe(true);
    expect(isInside('/today', '/to')).toBe(false);
  });
});

describe("the service worker's address", () => {
  it('passes through the policy sw where the browser has Trusted Types', () => {
    const createPolicy = vi.fn((_name: string, rules: { createScriptURL: (url: string) => string }) => rules);
    expect(workerUrl({ trustedTypes: { createPolicy } })).toBe('/sw.js');
    expect(createPolicy.mock.calls[0]?.[0]).toBe('sw');
    expect(() => createPolicy.mock.calls[0]?.[1].createScriptURL('https://evil.example/sw.js')).toThrow(
      TypeError,
    );
  });
});
