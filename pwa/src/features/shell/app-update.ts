import { computed, ref } from 'vue';
import { workerUrl } from './worker';

const checkEvery = 30 * 60_000;
/** A worker with a request under way may keep its place this long; then the page goes, and with it what held it. */
const patience = 5_000;

const waiting = ref<ServiceWorker | null>(null);
const holds = ref(0);
let isApplying = false;
let reloadPage: () => void = () => window.location.reload();

/**
 * A new version of the app waits until a person takes it, and is never offered in the middle of a visit:
 * a screen with unsaved work calls `hold()` and, when it is saved or left, the function that it got back.
 */
export function useAppUpdate() {
  return {
    /** A new version is there and nothing holds it back: show the prompt. */
    updateReady: computed(() => waiting.value !== null && holds.value === 0),
    apply,
    hold,
  };
}

function apply(): void {
  if (isApplying || !waiting.value) return;
  isApplying = true;
  waiting.value.postMessage({ type: 'SKIP_WAITING' });
  setTimeout(() => {
    if (isApplying) reloadPage();
  }, patience);
}

function hold(): () => void {
  holds.value += 1;
  let isHeld = true;
  return () => {
    if (isHeld) holds.value -= 1;
    isHeld = false;
  };
}

/** Registers the service worker and watches for new versions. Only a tab whose user asked for it reloads. */
export async function watchForUpdates(
  workers: ServiceWorkerContainer,
  reload: () => void = () => window.location.reload(),
): Promise<void> {
  reloadPage = reload;
  workers.addEventListener('controllerchange', () => {
    if (isApplying) reload();
    isApplying = false;
    waiting.value = null;
  });
  const registration = await workers.register(workerUrl(), { updateViaCache: 'none' });
  noteWaiting(registration, workers);
  registration.addEventListener('updatefound', () => {
    const next = registration.installing;
    next?.addEventListener('statechange', () => noteWaiting(registration, workers));
  });
  const check = () => void registration.update().catch(() => undefined);
  setInterval(() => {
    if (document.visibilityState === 'visible' && navigator.onLine) check();
  }, checkEvery);
}

/** The very first worker replaces nothing: without a controller there is no old version to update. */
function noteWaiting(registration: ServiceWorkerRegistration, workers: ServiceWorkerContainer): void {
  if (registration.waiting && workers.controller) waiting.value = registration.waiting;
}
