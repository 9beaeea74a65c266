import { safeParse, type GenericSchema } from 'valibot';
import * as v from 'valibot';
import { shallowRef, type ShallowRef } from 'vue';
import { request, type RequestFunction } from '@/api';
import { useBook } from '@/features/day/book';
import { outbox, type Outbox } from '@/storage';

type Sources = { request: RequestFunction; outbox: Pick<Outbox, 'saveDraft' | 'loadDraft' | 'deleteDraft'> };
const ours: Sources = { request, outbox };

export interface Read<T> {
  data: T | null;
  /** As it was when there was last a connection. */
  isOld: boolean;
}

/**
 * Reads a list from the server and keeps it, sealed like every draft, for where there is no network. What was kept on
 * another day is gone: names of stores stay no longer on a phone than the day they are for.
 */
export async function readKept<T>(
  key: string,
  path: string,
  schema: GenericSchema<unknown, T>,
  day: string,
  sources: Sources = ours,
): Promise<Read<T>> {
  const stored = v.object({ day: v.string(), data: schema });
  const answer = await sources.request('GET', path);
  const parsed = answer.ok ? safeParse(schema, answer.data) : null;
  if (parsed?.success) {
    await sources.outbox.saveDraft(key, { day, data: parsed.output }).catch(() => undefined);
    return { data: parsed.output, isOld: false };
  }
  const isRefused = !answer.ok && (answer.status === 401 || answer.status === 403);
  const kept = await sources.outbox.loadDraft(key, stored).catch(() => null);
  if (kept && !isRefused && kept.day === day) return { data: kept.data, isOld: true };
  if (kept) await sources.outbox.deleteDraft(key);
  return { data: null, isOld: false };
}

/** A kept list for a page. */
export function useKept<T>(key: string, path: string, schema: GenericSchema<unknown, T>) {
  const { today } = useBook();
  const data: ShallowRef<T | null> = shallowRef(null);
  const isOld = shallowRef(false);
  const isLoading = shallowRef(true);
  async function load(): Promise<void> {
    isLoading.value = true;
    const found = await readKept(key, path, schema, today.value);
    data.value = found.data;
    isOld.value = found.isOld;
    isLoading.value = false;
  }
  return { data, isOld, isLoading, load };
}
