// @vitest-environment node
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createClient, onSignedOut, type RequestOptions } from './client';

function answering(...answers: (Response | Error | 'never')[]) {
  return vi.fn<typeof fetch>((_input, init) => {
    const answer = answers.shift();
    if (answer === 'never') {
      return new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      });
    }
    return answer instanceof Response
      ? Promise.resolve(answer)
      : Promise.reject(answer ?? new TypeError('network'));
  });
}

function json(data: unknown, status = 200, headers: Record<string, string> = {}): Response {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  return new Response(JSON.stringify(data), { status, headers: { 'Content-Type': type, ...headers } });
}

function ask(answer: Response | Error | 'never', options: RequestOptions = {}) {
  const send = answering(answer);
  const request = createClient({ fetch: send, language: () => 'en', now: () => 1_000 });
  return { send, answer: request('POST', '/operations', options) };
}

afterEach(() => onSignedOut(() => undefined));

describe('a request never throws', () => {
  test('an answer is its data and its times', async () => {
    await expect(ask(json({ a: 1 })).answer).resolves.toMatchObject({
      ok: true,
      status: 200,
      data: { a: 1 },
      sentAt: 1_000,
      receivedAt: 1_000,
    });
  });

  test('no connection is offline', async () => {
    await expect(ask(new TypeError('network')).answer).resolves.toMatchObject({
      ok: false,
      kind: 'offline',
      status: 0,
    });
  });

  test('no answer in time is a timeout', async () => {
    await expect(ask('never', { timeoutMs: 10 }).answer).resolves.toMatchObject({
      ok: false,
      kind: 'timeout',
    });
  });

  test.each([
    ['a page of a hotspot', new Response('<html>', { headers: { 'Content-Type': 'text/html' } })],
    ['half an answer', new Response('{"a":', { headers: { 'Content-Type': 'application/json' } })],
  ])('%s is a bad answer', async (_what, response) => {
    await expect(ask(response).answer).resolves.toMatchObject({ ok: false, kind: 'bad_answer' });
  });

  test('problem details are read with their fields', async () => {
    const details = {
      title: 'Refused',
      code: 'invalid',
      errors: [{ field: 'lines.2.quantity', rule: 'at_least', message: 'must be at least 1' }],
    };
    const answer = await ask(json(details, 422)).answer;
    expect(answer).toMatchObject({
      ok: false,
      kind: 'http',
      status: 422,
      problem: { ...details, detail: '' },
    });
  });

  test('an error without problem details still has a code', async () => {
    const answer = await ask(new Response('gone', { status: 502 })).answer;
    expect(answer).toMatchObject({ kind: 'http', status: 502, problem: { code: 'http_502', errors: [] } });
  });

  test.each([
    ['7', 7_000],
    ['999999', 3_600_000],
    [new Date(61_000).toUTCString(), 60_000],
    ['soon', null],
  ])('A15 Retry-After %s is understood', async (value, ms) => {
    const answer = await ask(json({ code: 'busy' }, 503, { 'Retry-After': value })).answer;
    expect(answer).toMatchObject({ status: 503, retryAfterMs: ms });
  });

  test('a session that is over is told, a wrong password is not one', async () => {
    const over = vi.fn();
    onSignedOut(over);
    await ask(json({ code: 'wrong_sign_in' }, 401)).answer;
    expect(over).not.toHaveBeenCalled();
    await ask(json({ code: 'not_signed_in' }, 401)).answer;
    expect(over).toHaveBeenCalledTimes(1);
  });
});

describe('what is sent', () => {
  test('a large body is packed when asked, a small one is not', async () => {
    const large = { text: '水'.repeat(2_000) };
    const { send, answer } = ask(json({}), { body: large, gzip: true });
    await answer;
    const [, init] = send.mock.calls[0] ?? [];
    expect(new Headers(init?.headers).get('Content-Encoding')).toBe('gzip');
    expect(JSON.parse(gunzipSync(Buffer.from(init?.body as ArrayBuffer)).toString())).toEqual(large);
    const small = ask(json({}), { body: { a: 1 }, gzip: true });
    await small.answer;
    expect(small.send.mock.calls[0]?.[1]?.body).toBe('{"a":1}');
  });

  test('A11 no cache is asked, no redirect followed, and a known tag is sent', async () => {
    const send = answering(new Response(null, { status: 304 }));
    const request = createClient({ fetch: send, language: () => 'zh-CN' });
    await expect(request('GET', '/daybook/manifest', { etag: '"7"' })).resolves.toMatchObject({
      ok: true,
      status: 304,
    });
    const [url, init] = send.mock.calls[0] ?? [];
    expect(url).toBe('/api/v1/daybook/manifest');
    expect(init).toMatchObject({ cache: 'no-store', redirect: 'error', credentials: 'same-origin' });
    expect(init?.headers).toMatchObject({ 'If-None-Match': '"7"', 'Accept-Language': 'zh-CN' });
  });
});
