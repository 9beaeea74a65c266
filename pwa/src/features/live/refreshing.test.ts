import { mount } from '@vue/test-utils';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failure, type Answer, type RequestFunction } from '@/api';
import { setClock } from '@/domain/clock';
import { REFRESH_MS, usePanel, useRefreshing } from './refreshing';

const Schema = v.object({ as_of: v.string(), figure: v.number() });
const noon = Date.parse('2026-11-23T04:00:00Z');
let time = noon;

interface Asked {
  path: string;
  etag: string | null | undefined;
}

/** A server that answers what it is told to, in order, and keeps what it was asked. */
function serverOf(...answers: (Answer | Promise<Answer>)[]): { ask: RequestFunction; asked: Asked[] } {
  const asked: Asked[] = [];
  return {
    asked,
    ask: async (_method, path, options) => {
      asked.push({ path, etag: options?.etag });
      const answer = answers.shift();
      if (!answer) throw new Error('asked once more than expected');
      return answer;
    },
  };
}

function told(data: unknown, etag: string): Answer {
  return {
    ok: true,
    status: 200,
    data,
    headers: new Headers({ ETag: etag }),
    sentAt: time,
    receivedAt: time,
  };
}

function unchanged(): Answer {
  return { ok: true, status: 304, data: null, headers: new Headers(), sentAt: time, receivedAt: time };
}

const at = (figure: number, as_of = '2026-11-23T04:00:05Z') => ({ as_of, figure });

describe('a panel', () => {
  beforeEach(() => {
    time = noon;
    setClock(() => time);
  });
  afterEach(() => setClock(null));

  it('sends the version that it has, and an unchanged answer moves only its time on', async () => {
    const server = serverOf(told(at(1), '"a"'), unchanged());
    const panel = usePanel(() => '/live', Schema, server.ask);
    await panel.load();
    const shown = panel.data.value;
    time += 30_000;
    await panel.load();
    expect(server.asked).toEqual([
      { path: '/live', etag: null },
      { path: '/live', etag: '"a"' },
    ]);
    expect(panel.data.value).toBe(shown);
    expect(panel.asOf.value).toBe(noon + 35_000);
  });

  it('keeps what it showed, and the time of it, when the server cannot be reached', async () => {
    const panel = usePanel(() => '/live', Schema, serverOf(told(at(1), '"a"'), failure('offline', 0)).ask);
    await panel.load();
    time += 30_000;
    await panel.load();
    expect(panel.data.value?.figure).toBe(1);
    expect(panel.asOf.value).toBe(noon + 5_000);
    expect(panel.error.value).not.toBeNull();
  });

  it('asks anew, without a version, for another address', async () => {
    const server = serverOf(told(at(1), '"a"'), told(at(2), '"b"'));
    let path = '/live/calls';
    const panel = usePanel(() => path, Schema, server.ask);
    await panel.load();
    path = '/live/calls?route_id=7';
    await panel.load();
    expect(server.asked[1]).toEqual({ path, etag: null });
    expect(panel.data.value?.figure).toBe(2);
  });

  it('never covers a newer answer with an older one', async () => {
    let release: (answer: Answer) => void = () => undefined;
    const slow = new Promise<Answer>((resolve) => (release = resolve));
    const panel = usePanel(() => '/live', Schema, serverOf(slow, told(at(2), '"b"')).ask);
    const first = panel.load();
    await panel.load();
    release(told(at(1), '"a"'));
    await first;
    expect(panel.data.value?.figure).toBe(2);
  });

  it('shows no answer that it cannot read', async () => {
    const panel = usePanel(() => '/live', Schema, serverOf(told({ as_of: 5 }, '"a"')).ask);
    await panel.load();
    expect(panel.data.value).toBeNull();
    expect(panel.error.value).not.toBeNull();
  });
});

describe('refreshing', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    time = noon;
    setClock(() => time);
  });
  afterEach(() => {
    vi.useRealTimers();
    setClock(null);
  });

  /** The composable in a page of its own. */
  function mountForTest<T>(use: () => T): { result: T; unmount: () => void } {
    const made: T[] = [];
    const page = mount({
      setup: () => {
        made.push(use());
        return () => null;
      },
    });
    const result = made[0];
    if (result === undefined) throw new Error('the page was not set up');
    return { result, unmount: () => page.unmount() };
  }

  async function pass(ms: number): Promise<void> {
    time += ms;
    await vi.advanceTimersByTimeAsync(ms);
  }

  it('loads at once and each half minute, not while it is paused, and at once when it goes on', async () => {
    let loads = 0;
    const { result, unmount } = mountForTest(() =>
      useRefreshing(async () => {
        loads += 1;
      }),
    );
    await pass(0);
    expect(loads).toBe(1);
    await pass(REFRESH_MS);
    expect(loads).toBe(2);
    result.toggle();
    await pass(3 * REFRESH_MS);
    expect(loads).toBe(2);
    result.toggle();
    await pass(0);
    expect(loads).toBe(3);
    unmount();
    await pass(3 * REFRESH_MS);
    expect(loads).toBe(3);
  });

  it('does not ask while nobody looks, and asks when somebody looks again', async () => {
    let loads = 0;
    const seen = { state: 'visible' };
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => seen.state });
    const { unmount } = mountForTest(() =>
      useRefreshing(async () => {
        loads += 1;
      }),
    );
    await pass(0);
    seen.state = 'hidden';
    await pass(2 * REFRESH_MS);
    expect(loads).toBe(1);
    seen.state = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));
    await pass(0);
    expect(loads).toBe(2);
    unmount();
    Reflect.deleteProperty(document, 'visibilityState');
  });
});
