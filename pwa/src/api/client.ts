import { safeParse } from 'valibot';
import { now } from '@/domain/clock';
import { ProblemSchema, type Problem } from './schemas';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';

export interface RequestOptions {
  /** Sent as JSON, or as it is when it is an ArrayBuffer or a form with a file. */
  body?: unknown;
  /** Asks for a change only (`If-None-Match`); an unchanged answer is `ok` with status 304. */
  etag?: string | null;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Pack a JSON body of more than 1 KB. */
  gzip?: boolean;
  /** Without the sign-in's cookie: what the device itself has to say. */
  anonymous?: boolean;
}

export interface Success {
  ok: true;
  status: number;
  /** Parsed JSON, or null. Unknown until a schema has read it. */
  data: unknown;
  headers: Headers;
  /** Milliseconds by the phone's clock, for its offset from the server's. */
  sentAt: number;
  receivedAt: number;
}

export interface Failure {
  ok: false;
  /** offline: no connection; timeout; http: the server said no; bad_answer: not an answer of our server. */
  kind: 'offline' | 'timeout' | 'http' | 'bad_answer';
  /** 0 without an answer. */
  status: number;
  problem: Problem;
  /** What the server asked us to wait, where it did. */
  retryAfterMs: number | null;
}

export type Answer = Success | Failure;
export type RequestFunction = (method: Method, path: string, options?: RequestOptions) => Promise<Answer>;

const base = '/api/v1';
const packFrom = 1024;
const defaultTimeoutMs = 15_000;

export interface ClientParts {
  fetch?: typeof fetch;
  now?: () => number;
  language?: () => string;
  prove?: Prover;
}

/** Shows that a request is this device's own; null: it has no key that the server knows. */
export type Prover = (method: Method, target: string, body: BodyInit | undefined) => Promise<string | null>;

let proveAsPhone: Prover | undefined;
let whenClockOff: ((serverTime: string, sentAt: number, receivedAt: number) => Promise<void>) | undefined;

/** How requests are signed from here on, and who puts the clock right when the server finds it too far off. */
export function signRequests(prove: Prover, clockOff: NonNullable<typeof whenClockOff>): void {
  proveAsPhone = prove;
  whenClockOff = clockOff;
}

let whenSignedOut: () => void = () => undefined;

/** Called after every answer that says the session is over. */
export function onSignedOut(hook: () => void): void {
  whenSignedOut = hook;
}

/** A client of `/api/v1`. Its requests never throw: every way to fail is an answer. */
export function createClient(parts: ClientParts = {}): RequestFunction {
  const clock = parts.now ?? now;
  const language = parts.language ?? (() => globalThis.document?.documentElement.lang || 'zh-CN');

  return async function request(method, path, options = {}) {
    const answer = await send(method, path, options);
    const serverTime = answer.ok ? '' : answer.problem.server_time;
    if (answer.ok || answer.problem.code !== 'clock_off' || !serverTime || !whenClockOff) return answer;
    await whenClockOff(serverTime, clock(), clock());
    return send(method, path, options);
  };

  async function send(method: Method, path: string, options: RequestOptions): Promise<Answer> {
    const timer = stopAfter(options.timeoutMs ?? defaultTimeoutMs, options.signal);
    try {
      const init = await initOf(method, options, language());
      const proof = await (parts.prove ?? proveAsPhone)?.(method, base + path, init.body ?? undefined);
      if (proof) init.headers = { ...(init.headers as Record<string, string>), 'Routebook-Proof': proof };
      const sentAt = clock();
      const response = await (parts.fetch ?? fetch)(base + path, { ...init, signal: timer.signal });
      return await read(method, response, sentAt, clock);
    } catch {
      return failure(timer.timedOut() ? 'timeout' : 'offline', 0);
    } finally {
      timer.clear();
    }
  }
}

export const request: RequestFunction = createClient();

export function failure(
  kind: Failure['kind'],
  status: number,
  problem: Partial<Problem> = {},
  retryAfterMs: number | null = null,
): Failure {
  return {
    ok: false,
    kind,
    status,
    problem: { title: '', detail: '', code: kind, errors: [], ...problem },
    retryAfterMs,
  };
}

async function initOf(method: Method, options: RequestOptions, language: string): Promise<RequestInit> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language };
  if (options.etag) headers['If-None-Match'] = options.etag;
  let body: BodyInit | undefined;
  if (options.body instanceof ArrayBuffer) body = options.body;
  else if (options.body instanceof FormData) {
    // As bytes, so that they can be signed as they are sent.
    const form = new Response(options.body);
    headers['Content-Type'] = form.headers.get('Content-Type') ?? '';
    body = await form.arrayBuffer();
  } else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    const json = JSON.stringify(options.body);
    body = json;
    if (options.gzip && json.length > packFrom && 'CompressionStream' in globalThis) {
      headers['Content-Encoding'] = 'gzip';
      body = await packed(json);
    }
  }
  return {
    method,
    headers: { ...headers, ...options.headers },
    body,
    // Freshness is ours to judge (A11), and a redirect is some hotspot's page, never our server.
    cache: 'no-store',
    redirect: 'error',
    credentials: options.anonymous ? 'omit' : 'same-origin',
  };
}

function packed(json: string): Promise<ArrayBuffer> {
  const stream = new Blob([json]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}

async function read(
  method: Method,
  response: Response,
  sentAt: number,
  clock: () => number,
): Promise<Answer> {
  const { status, headers } = response;
  const fine = response.ok || status === 304;
  const hasBody = method !== 'HEAD' && status !== 204 && status !== 304;
  const words = hasBody ? await response.text() : '';
  const data = parse(words, headers.get('Content-Type') ?? '');
  if (fine && data === undefined) return failure('bad_answer', status);
  if (fine) return { ok: true, status, data, headers, sentAt, receivedAt: clock() };
  const problem = safeParse(ProblemSchema, data);
  const known = problem.success ? problem.output : undefined;
  if (status === 401 && known?.code === 'not_signed_in') whenSignedOut();
  return failure('http', status, known ?? { code: `http_${status}` }, retryAfter(headers, clock()));
}

/** null for an empty body, undefined for what is no JSON. */
function parse(words: string, contentType: string): unknown {
  if (words === '') return null;
  if (!/\bjson\b/.test(contentType)) return undefined;
  try {
    return JSON.parse(words) as unknown;
  } catch {
    return undefined;
  }
}

/** `Retry-After` in seconds or as a date, in milliseconds from now; an hour at most. */
function retryAfter(headers: Headers, time: number): number | null {
  const value = headers.get('Retry-After');
  if (value === null) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - time;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 3_600_000) : null;
}

function stopAfter(timeoutMs: number, outer: AbortSignal | undefined) {
  const controller = new AbortController();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    controller.abort();
  }, timeoutMs);
  const stop = () => controller.abort();
  if (outer?.aborted) stop();
  outer?.addEventListener('abort', stop);
  return {
    signal: controller.signal,
    timedOut: () => late,
    clear: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', stop);
    },
  };
}
