import { describe, expect, it, vi } from 'vitest';
import type { Answer, RequestFunction } from '@/api';
import { announcementsOf, isOpen, noticesOf } from './lent';
import { pushChoice, switchOff, switchOn, type PushHost } from './push';
import { noticesPath, readPushed } from './pushed';
import { unseenIn } from './unseen';

const at = Date.parse('2026-11-23T04:00:00Z');
const row = {
  id: 7,
  title: '冰柜清洁周',
  title_en: '',
  text: '每店清洁',
  text_en: '',
  at: '2026-11-22T00:00:00Z',
  until: '2026-11-25T00:00:00Z',
  must_confirm: true,
  by: '经理',
  by_en: '',
  read: false,
  confirmed: false,
};
const reading = (confirmed: boolean) => ({ body: { announcement_id: 7, at: row.at, confirmed } });

describe('announcements of the book', () => {
  it('are shown while they hold, and those that cannot be read are left out', () => {
    const later = { ...row, id: 8, at: '2026-11-24T00:00:00Z' };
    const over = { ...row, id: 9, until: '2026-11-23T04:00:00Z' };
    expect(announcementsOf([row, later, over, { id: 'x' }], [], at).map(({ id }) => id)).toEqual([7]);
  });

  it('count as read as soon as the phone has noted it, before the office knows', () => {
    const [read] = announcementsOf([row], [reading(false)], at);
    expect(read).toMatchObject({ read: true, confirmed: false });
    expect(read && isOpen(read)).toBe(true);
    const [confirmed] = announcementsOf([row], [reading(false), reading(true)], at);
    expect(confirmed && isOpen(confirmed)).toBe(false);
  });
});

describe('notices of the book', () => {
  const lent = [
    [3, 'plan', 'plan:1', { from: '2026-12-01' }, row.at, false],
    [2, 'announcement', 'announcement:7', {}, row.at, false],
    [1, 'case', 'case:1', {}, row.at, true],
    ['broken'],
  ];

  it('are listed without those that announcements tell themselves', () => {
    expect(noticesOf(lent).map(({ id }) => id)).toEqual([3, 1]);
  });

  it('are counted while nobody has seen them', () => {
    expect(unseenIn(lent)).toBe(2);
    expect(unseenIn(undefined)).toBe(0);
  });
});

describe('what was pushed', () => {
  it('is a known kind and a count, or only that there is something', () => {
    expect(readPushed('{"kind":"plan","count":3}')).toEqual({ kind: 'plan', count: 3 });
    for (const text of ['', '[]', 'null', '{"kind":"<b>","count":-1}', '{"url":"https://evil.example"}'])
      expect(readPushed(text)).toEqual({ kind: 'other', count: 0 });
  });

  it('leads to a page of this app and nowhere else', () => {
    expect(noticesPath).toMatch(/^\/[a-z]+$/);
  });
});

const key = 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8';

function answering(answers: Record<string, Partial<Answer> & { ok: boolean }>): RequestFunction {
  return vi.fn((method: string, path: string) =>
    Promise.resolve(answers[`${method} ${path}`] ?? { ok: false, status: 0 }),
  ) as unknown as RequestFunction;
}

function subscription() {
  const made = {
    options: { applicationServerKey: null },
    unsubscribed: false,
    unsubscribe: () => Promise.resolve((made.unsubscribed = true)),
    toJSON: () => ({ endpoint: 'https://push.example/1', keys: { p256dh: 'k', auth: 's' } }),
  };
  return made;
}

function browser(permission: NotificationPermission | null, answer: NotificationPermission = 'granted') {
  const made = subscription();
  let known: typeof made | null = null;
  const manager = {
    getSubscription: () => Promise.resolve(known),
    subscribe: () => Promise.resolve((known = made)),
  } as unknown as PushManager;
  const host: PushHost = {
    permission: () => permission,
    ask: () => Promise.resolve(answer),
    manager: () => Promise.resolve(permission === null ? null : manager),
  };
  return { host, made };
}

const state = { ok: true, status: 200, data: { key, on: true } };
const done = { ok: true, status: 204, data: null };

describe('the switch for pushing', () => {
  it('is missing where the browser has no push, and refused where it was told never to ask', async () => {
    expect(await pushChoice(browser(null).host, answering({}))).toBe('missing');
    expect(await pushChoice(browser('denied').host, answering({}))).toBe('refused');
    expect(await switchOn(browser('default', 'denied').host, answering({}))).toBe('refused');
  });

  it('is on when browser and office both know of it, and off again for both', async () => {
    const { host, made } = browser('granted');
    const ask = answering({
      'GET /notices/push': state,
      'PUT /notices/push': done,
      'DELETE /notices/push': done,
    });
    expect(await pushChoice(host, ask)).toBe('off');
    expect(await switchOn(host, ask)).toBe('on');
    expect(await pushChoice(host, ask)).toBe('on');
    expect(await switchOff(host, ask)).toBe('off');
    expect(made.unsubscribed).toBe(true);
  });

  it('leaves no half of it behind when the office does not take it', async () => {
    const { host, made } = browser('granted');
    expect(await switchOn(host, answering({ 'GET /notices/push': state }))).toBe('failed');
    expect(made.unsubscribed).toBe(true);
  });
});
