/** After this long another tab no longer waits for the one that sends: it was frozen by the system (B11). */
const patienceMs = 90_000;

export type Alone = (deed: () => Promise<void>) => Promise<void>;

/**
 * One sending tab at a time (B10): the lock is held for one run only, never while nothing happens, so that a closed tab
 * leaves none behind and a frozen one is overtaken. Two runs at once would double nothing, only waste. Without Web Locks
 * every tab sends.
 */
export function createLeader(name: string, locks: LockManager | undefined, patience = patienceMs): Alone {
  if (!locks) return (deed) => deed();
  return async (deed) => {
    const wait = new AbortController();
    const timer = setTimeout(() => wait.abort(), patience);
    let began = false;
    const run = () => {
      began = true;
      clearTimeout(timer);
      return deed();
    };
    try {
      await locks.request(name, { signal: wait.signal }, run);
    } catch (error) {
      if (began) {
        // Overtaken while frozen: the work went on, only the lock is gone.
        if (error instanceof DOMException && error.name === 'AbortError') return;
        throw error;
      }
      await locks.request(name, { steal: true }, run);
    } finally {
      clearTimeout(timer);
    }
  };
}
