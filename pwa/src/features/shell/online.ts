import { computed, ref } from 'vue';

const hasNetwork = ref(navigator.onLine);
const isReachable = ref(true);

window.addEventListener('online', () => (hasNetwork.value = true));
window.addEventListener('offline', () => (hasNetwork.value = false));

/** True while the phone has a network and the last try reached the server. The sync room tells about its tries. */
export const isOnline = computed(() => hasNetwork.value && isReachable.value);

export function reportReachable(reached: boolean): void {
  isReachable.value = reached;
}
