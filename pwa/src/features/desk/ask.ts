import { safeParse, type GenericSchema } from 'valibot';
import { shallowRef, type ShallowRef } from 'vue';
import { request, type Method, type RequestOptions } from '@/api';
import { t } from '@/i18n';

/** One field that the server refused, in the user's language. */
export interface Refusal {
  field: string;
  message: string;
}

export type Asked<T> =
  { ok: true; data: T } | { ok: false; status: number; words: string; code: string; refusals: Refusal[] };

/** Asks the server and reads the answer through a schema. Never throws: every way to fail has words to show. */
export async function ask<T>(
  schema: GenericSchema<unknown, T>,
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<Asked<T>> {
  const answer = await request(method, path, options);
  if (!answer.ok) {
    const { detail, title, code, errors } = answer.problem;
    const known = answer.kind === 'http' ? (detail ?? '') || (title ?? '') : '';
    return {
      ok: false,
      status: answer.status,
      code: code ?? '',
      words: known || t(answer.kind === 'timeout' ? 'desk.tooSlow' : 'desk.unreachable'),
      refusals: (errors ?? []).map((one) => ({ field: one.field ?? '', message: one.message ?? '' })),
    };
  }
  const parsed = safeParse(schema, answer.data);
  if (parsed.success) return { ok: true, data: parsed.output };
  return { ok: false, status: answer.status, code: 'bad_answer', words: t('desk.badAnswer'), refusals: [] };
}

export interface Loading<T> {
  data: ShallowRef<T | null>;
  error: ShallowRef<string | null>;
  loading: ShallowRef<boolean>;
  load: () => Promise<void>;
}

/** What a page shows: loads, fails with words, loads again. An older answer never covers a newer one. */
export function useLoading<T>(fetchIt: () => Promise<Asked<T>>): Loading<T> {
  const data = shallowRef<T | null>(null);
  const error = shallowRef<string | null>(null);
  const loading = shallowRef(false);
  let newest = 0;
  async function load(): Promise<void> {
    const mine = ++newest;
    loading.value = true;
    const answer = await fetchIt();
    if (mine !== newest) return;
    loading.value = false;
    if (answer.ok) {
      data.value = answer.data;
      error.value = null;
    } else error.value = answer.words;
  }
  return { data, error, loading, load };
}
