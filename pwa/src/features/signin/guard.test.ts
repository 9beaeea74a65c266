import { describe, expect, it } from 'vitest';
import { failure, type Session } from '@/api';
import { wayFor } from './guard';
import { tabsOf } from './navigation';
import { signInProblem } from './session';

function who(...roles: string[]): Session {
  return {
    person: { id: 1, name: '林', name_en: '', locale: 'zh-CN', roles },
    company: null,
    epoch: 'e',
    server_time: '2026-11-23T00:00:00Z',
    timezone: 'Asia/Hong_Kong',
    currency: 'CNY',
  };
}

const today = { name: 'today', path: '/today', fullPath: '/today', meta: {}, query: {} };
const card = { name: 'card', path: '/card/7', fullPath: '/card/7', meta: {}, query: {} };
const signIn = { name: 'sign-in', path: '/signin', fullPath: '/signin', meta: { open: true }, query: {} };

describe('the door', () => {
  it('leads to sign-in and back to the page that was wanted', () => {
    expect(wayFor(card, null)).toEqual({ name: 'sign-in', query: { next: '/card/7' } });
    expect(wayFor(today, null)).toEqual({ name: 'sign-in', query: {} });
  });

  it('leads each person to where their work begins', () => {
    expect(wayFor(signIn, who('rep'))).toBe('/today');
    expect(wayFor(signIn, who('driver'))).toBe('/load');
    expect(wayFor(today, who('driver'))).toBe('/load');
    expect(wayFor(today, who('manager'))).toBe('/desk');
    expect(wayFor(today, who('rep'))).toBe(true);
  });

  it('asks to unlock before any page of the book, and leads back to it', () => {
    const unlock = { name: 'unlock', query: { next: '/card/7' } };
    expect(wayFor(card, who('rep'), 'shut')).toEqual(unlock);
    expect(wayFor(card, who('rep'), 'unset')).toEqual(unlock);
    expect(wayFor(card, who('rep'), 'open')).toBe(true);
    const queue = { name: 'queue', path: '/queue', fullPath: '/queue', meta: { shut: true }, query: {} };
    expect(wayFor(queue, who('rep'), 'shut')).toBe(true);
  });

  it('opens for somebody whose session has ended to sign in anew', () => {
    expect(wayFor({ ...signIn, query: { next: '/today' } }, who('rep'))).toBe(true);
  });
});

describe('a sign-in that failed', () => {
  it('tells offline, wrong and too many apart', () => {
    expect(signInProblem(failure('offline', 0))).toEqual({ kind: 'offline' });
    expect(signInProblem(failure('http', 401))).toEqual({ kind: 'wrong' });
    expect(signInProblem(failure('http', 429, {}, 42_000))).toEqual({ kind: 'too_many', seconds: 42 });
    expect(signInProblem(failure('http', 500))).toEqual({ kind: 'failed' });
  });
});

describe('the tabs', () => {
  it('are those of the role, and count what is in the queue', () => {
    expect(tabsOf(['driver'], 2).map(({ href }) => href)).toEqual(['/load', '/queue', '/more']);
    expect(tabsOf(['rep'], 2)[1]?.badge).toBe(2);
    expect(tabsOf(['rep'], 0)[1]?.badge).toBeUndefined();
  });
});
