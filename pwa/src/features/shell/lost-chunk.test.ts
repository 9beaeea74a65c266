import { afterEach, describe, expect, it, vi } from 'vitest';
import { beforeReload, recoverFromLostChunks } from './lost-chunk';

const undo: (() => unknown)[] = [];
afterEach(() => {
  undo.splice(0).forEach((step) => step());
  vi.unstubAllGlobals();
});

function makePage(buildId: string, marks: Pick<Storage, 'getItem' | 'setItem'> = memory()) {
  const target = new EventTarget();
  const reload = vi.fn<() => void>();
  undo.push(recoverFromLostChunks({ buildId, marks, reload }, target));
  const lose = () => {
    const event = new Event('vite:preloadError', { cancelable: true });
    target.dispatchEvent(event);
    return event;
  };
  return { reload, lose, marks };
}

function memory(): Pick<Storage, 'getItem' | 'setItem'> {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

describe('B14: a lazy file of the old build is gone', () => {
  it('keeps the draft, then reloads', async () => {
    const order: string[] = [];
    const { reload, lose } = makePage('one');
    reload.mockImplementation(() => void order.push('reload'));
    undo.push(
      beforeReload(async () => {
        await Promise.resolve();
        order.push('draft');
      }),
    );
    expect(lose().defaultPrevented).toBe(true);
    await vi.waitFor(() => expect(reload).toHaveBeenCalledTimes(1));
    expect(order).toEqual(['draft', 'reload']);
  });

  it('reloads once and never in a loop', async () => {
    const first = makePage('one');
    first.lose();
    await vi.waitFor(() => expect(first.reload).toHaveBeenCalledTimes(1));
    const reloaded = makePage('one', first.marks);
    const event = reloaded.lose();
    await Promise.resolve();
    expect(event.defaultPrevented).toBe(false);
    expect(reloaded.reload).not.toHaveBeenCalled();
  });

  it('may reload again for the next build', async () => {
    const first = makePage('one');
    first.lose();
    await vi.waitFor(() => expect(first.reload).toHaveBeenCalled());
    const next = makePage('two', first.marks);
    next.lose();
    await vi.waitFor(() => expect(next.reload).toHaveBeenCalledTimes(1));
  });

  it('does not reload where nothing can be remembered', () => {
    const refusing = {
      getItem: () => null,
      setItem: () => {
        throw new Error('storage is off');
      },
    };
    const { reload, lose } = makePage('one', refusing);
    expect(lose().defaultPrevented).toBe(false);
    expect(reload).not.toHaveBeenCalled();
  });

  it('does not reload without a network', () => {
    vi.stubGlobal('navigator', { onLine: false });
    const { reload, lose } = makePage('one');
    expect(lose().defaultPrevented).toBe(false);
    expect(reload).not.toHaveBeenCalled();
  });

  it('reloads although a draft cannot be kept', async () => {
    const { reload, lose } = makePage('one');
    undo.push(beforeReload(() => Promise.reject(new Error('disk full'))));
    lose();
    await vi.waitFor(() => expect(reload).toHaveBeenCalledTimes(1));
  });
});
