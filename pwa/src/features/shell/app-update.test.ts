import { describe, expect, it, vi } from 'vitest';

/** A service worker container small enough to read, with the events of the real one. */
class FakeWorkers extends EventTarget {
  controller: object | null = {};
  registration = Object.assign(new EventTarget(), {
    waiting: null as FakeWorker | null,
    installing: null as FakeWorker | null,
    update: () => Promise.resolve(),
  });

  register() {
    return Promise.resolve(this.registration);
  }

  install(): FakeWorker {
    const worker = new FakeWorker();
    this.registration.installing = worker;
    this.registration.dispatchEvent(new Event('updatefound'));
    this.registration.installing = null;
    this.registration.waiting = worker;
    worker.dispatchEvent(new Event('statechange'));
    return worker;
  }
}

class FakeWorker extends EventTarget {
  messages: unknown[] = [];
  postMessage(message: unknown): void {
    this.messages.push(message);
  }
}

async function watched() {
  vi.resetModules();
  const { useAppUpdate, watchForUpdates } = await import('./app-update');
  const workers = new FakeWorkers();
  const reload = vi.fn<() => void>();
  return {
    workers,
    reload,
    update: useAppUpdate(),
    start: () => watchForUpdates(workers as unknown as ServiceWorkerContainer, reload),
  };
}

describe('a new version', () => {
  it('is offered when it has been installed', async () => {
    const { workers, update, start } = await watched();
    await start();
    expect(update.updateReady.value).toBe(false);
    workers.install();
    expect(update.updateReady.value).toBe(true);
  });

  it('is taken by a reload when the old one does not give way', async () => {
    vi.useFakeTimers();
    const { workers, update, start, reload } = await watched();
    await start();
    workers.install();
    update.apply();
    update.apply();
    vi.advanceTimersByTime(4_900);
    expect(reload).not.toHaveBeenCalled();
    vi.advanceTimersByTime(200);
    expect(reload).toHaveBeenCalledOnce();
    vi.useRealTimers();
  });

  it('is not offered when it is the first one', async () => {
    const { workers, update, start } = await watched();
    workers.controller = null;
    await start();
    workers.install();
    expect(update.updateReady.value).toBe(false);
  });

  it('B13: is not offered in the middle of a visit, and never reloads by itself', async () => {
    const { workers, update, start, reload } = await watched();
    await start();
    const release = update.hold();
    const worker = workers.install();
    expect(update.updateReady.value).toBe(false);
    expect(worker.messages).toEqual([]);
    // Another tab took the new version: this one goes on with the old page.
    workers.dispatchEvent(new Event('controllerchange'));
    expect(reload).not.toHaveBeenCalled();
    release();
  });

  it('is offered after the save, once every hold is released', async () => {
    const { workers, update, start } = await watched();
    await start();
    const [first, second] = [update.hold(), update.hold()];
    workers.install();
    first();
    first();
    expect(update.updateReady.value).toBe(false);
    second();
    expect(update.updateReady.value).toBe(true);
  });

  it('takes over and reloads once when the person says so', async () => {
    const { workers, update, start, reload } = await watched();
    await start();
    const worker = workers.install();
    update.apply();
    expect(worker.messages).toEqual([{ type: 'SKIP_WAITING' }]);
    expect(reload).not.toHaveBeenCalled();
    workers.dispatchEvent(new Event('controllerchange'));
    workers.dispatchEvent(new Event('controllerchange'));
    expect(reload).toHaveBeenCalledTimes(1);
  });
});
