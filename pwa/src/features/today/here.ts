import { onMounted, onScopeDispose, shallowRef } from 'vue';
import type { Position } from '@/domain/distance';

const lookAgainMs = 60_000;
const last = shallowRef<Position | null>(null);

/**
 * Roughly where the phone is, for the distances in a list: looked at each minute while the page is visible, from the
 * network's position and not the satellites', and only where the person has allowed it before (nobody is asked for it here).
 */
export function useHere() {
  let timer: ReturnType<typeof setInterval> | undefined;

  async function look(): Promise<void> {
    if (document.visibilityState !== 'visible' || !(await isAllowed())) return;
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude } }) => (last.value = { latitude, longitude }),
      () => undefined,
      { enableHighAccuracy: false, timeout: 10_000, maximumAge: lookAgainMs },
    );
  }
  const onVisible = () => void look();

  onMounted(() => {
    void look();
    timer = setInterval(onVisible, lookAgainMs);
    document.addEventListener('visibilitychange', onVisible);
  });
  onScopeDispose(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', onVisible);
  });
  return last;
}

async function isAllowed(): Promise<boolean> {
  if (!('geolocation' in navigator)) return false;
  // Browsers that cannot say (Safari before 16) are not asked: the day's start has asked them.
  const status = await navigator.permissions?.query({ name: 'geolocation' }).catch(() => null);
  return status?.state === 'granted';
}
