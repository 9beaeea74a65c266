import { safeParse, type GenericSchema } from 'valibot';
import { computed, onBeforeUnmount, onMounted, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { request, type RequestFunction } from '@/api';
import { now } from '@/domain/clock';
import { t } from '@/i18n';

export const REFRESH_MS = 30_000;

export interface Panel<T> {
  data: ShallowRef<T | null>;
  /** The server's time when this was true, in milliseconds; an unchanged answer moves it on. */
  asOf: Ref<number | null>;
  /** What went wrong with the last try; what was shown before stays. */
  error: Ref<string | null>;
  load: () => Promise<void>;
}

/**
 * One panel that is asked for again and again: with the version that it has, so that nothing new costs nothing. An
 * older answer never covers a newer one, and another address begins anew.
 */
export function usePanel<T extends { as_of: string }>(
  path: () => string,
  schema: GenericSchema<unknown, T>,
  ask: RequestFunction = request,
): Panel<T> {
  const data = shallowRef(null) as ShallowRef<T | null>;
  const asOf = ref<number | null>(null);
  const error = ref<string | null>(null);
  let tag: string | null = null;
  let tagged = '';
  let newest = 0;
  // Server minus own clock, as the last full answer showed it.
  let ahead = 0;

  async function load(): Promise<void> {
    const mine = ++newest;
    const address = path();
    const answer = await ask('GET', address, { etag: address === tagged ? tag : null });
    if (mine !== newest) return;
    if (!answer.ok) {
      const { detail, title } = answer.problem;
      const known = answer.kind === 'http' ? (detail ?? '') || (title ?? '') : '';
      error.value = known || t(answer.kind === 'timeout' ? 'desk.tooSlow' : 'live.offline');
      return;
    }
    error.value = null;
    if (answer.status === 304) {
      asOf.value = now() + ahead;
      return;
    }
    const parsed = safeParse(schema, answer.data);
    if (!parsed.success) {
      error.value = t('desk.badAnswer');
      return;
    }
    data.value = parsed.output;
    asOf.value = Date.parse(parsed.output.as_of);
    ahead = asOf.value - answer.receivedAt;
    tag = answer.headers.get('ETag');
    tagged = address;
  }
  return { data, asOf, error, load };
}

/** Loads each half minute while the page is looked at and nobody has stopped it; at once when it is looked at again. */
export function useRefreshing(load: () => Promise<void>) {
  const paused = ref(false);
  const busy = ref(false);
  let last = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  async function refresh(): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    last = now();
    try {
      await load();
    } finally {
      busy.value = false;
    }
  }
  function tick(): void {
    if (paused.value || document.visibilityState !== 'visible') return;
    if (now() - last >= REFRESH_MS - 500) void refresh();
  }
  onMounted(() => {
    void refresh();
    timer = setInterval(tick, REFRESH_MS);
    document.addEventListener('visibilitychange', tick);
    window.addEventListener('online', tick);
  });
  onBeforeUnmount(() => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', tick);
    window.removeEventListener('online', tick);
  });
  function toggle(): void {
    paused.value = !paused.value;
    if (!paused.value) void refresh();
  }
  return { paused, busy, refresh, toggle };
}

/** The oldest of several panels' times, and the first thing that went wrong. */
export function useState(panels: readonly Panel<{ as_of: string }>[]) {
  return {
    asOf: computed(() => {
      const known = panels.flatMap((panel) => (panel.asOf.value === null ? [] : [panel.asOf.value]));
      return known.length > 0 ? Math.min(...known) : null;
    }),
    error: computed(() => panels.map((panel) => panel.error.value).find((words) => words !== null) ?? null),
  };
}
