const mark = 'routebook.reloaded-for';
const patience = 3_000;

type SaveHook = () => void | Promise<void>;

const saveHooks = new Set<SaveHook>();

/** Registers what must be kept before the page may be reloaded (a draft). Returns the way to take it back. */
export function beforeReload(save: SaveHook): () => void {
  saveHooks.add(save);
  return () => saveHooks.delete(save);
}

export interface Surroundings {
  buildId: string;
  marks: Pick<Storage, 'getItem' | 'setItem'>;
  reload: () => void;
  workers?: ServiceWorkerContainer;
}

/**
 * A lazy file of this build is gone from the server and from the cache (B14): keep drafts, take the new version, and
 * reload once. The mark names the build, so a build whose file is really missing is not reloaded twice;
 * its error then reaches the router, which shows it.
 */
export function recoverFromLostChunks(surroundings: Surroundings, target: EventTarget = window): () => void {
  const recover = (event: Event): void => {
    if (!mayReload(surroundings)) return;
    event.preventDefault();
    void saveAndReload(surroundings);
  };
  target.addEventListener('vite:preloadError', recover);
  return () => target.removeEventListener('vite:preloadError', recover);
}

function mayReload({ buildId, marks }: Surroundings): boolean {
  // Without a network a reload brings nothing new.
  if (!navigator.onLine) return false;
  try {
    if (marks.getItem(mark) === buildId) return false;
    marks.setItem(mark, buildId);
    return true;
  } catch {
    // Nothing can be remembered, so a loop could not be noticed: do not reload at all.
    return false;
  }
}

async function saveAndReload({ workers, reload }: Surroundings): Promise<void> {
  await atMost(Promise.allSettled([...saveHooks].map((save) => Promise.resolve().then(save))));
  await atMost(takeNewVersion(workers));
  reload();
}

/** The old worker would serve the old page again: let the new one, if there is one, take over first. */
async function takeNewVersion(workers: ServiceWorkerContainer | undefined): Promise<void> {
  const registration = await workers?.getRegistration();
  if (!workers || !registration) return;
  await registration.update().catch(() => undefined);
  const next = registration.waiting ?? registration.installing;
  if (!next) return;
  const taken = new Promise<void>((resolve) => {
    workers.addEventListener('controllerchange', () => resolve(), { once: true });
  });
  const skip = () => next.postMessage({ type: 'SKIP_WAITING' });
  if (next.state === 'installed') skip();
  else next.addEventListener('statechange', () => next.state === 'installed' && skip());
  await taken;
}

async function atMost(work: Promise<unknown>): Promise<void> {
  const timeout = new Promise((resolve) => setTimeout(resolve, patience));
  await Promise.race([work.catch(() => undefined), timeout]);
}
