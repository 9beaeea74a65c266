import { onMounted, ref, shallowRef, type Component } from 'vue';
import { openTexts } from '@/i18n';

const keys = ['greet', 'count', 'present', 'order', 'thank'];
/** Longer than this nobody waits for an idle moment: the count may keep the phone busy. */
const latestMs = 3_000;

const steps = shallowRef<Readonly<Record<string, Component>>>();
const failed = ref(false);

/** The steps from the greeting on come in a file of their own: when the phone is idle, at the latest when one is opened. */
export function useLaterSteps() {
  onMounted(() => whenIdle(() => void fetchLaterSteps()));
  return {
    laterSteps: steps,
    stepsFailed: failed,
    fetchLaterSteps,
    isLater: (step: string) => keys.includes(step),
  };
}

async function fetchLaterSteps(): Promise<void> {
  if (steps.value) return;
  failed.value = false;
  try {
    const [file] = await Promise.all([import('./laterSteps'), openTexts('rooms')]);
    steps.value = file.laterSteps;
  } catch {
    failed.value = true;
  }
}

function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(work, { timeout: latestMs });
  else setTimeout(work, latestMs);
}
