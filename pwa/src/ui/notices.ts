import { reactive, readonly } from 'vue';
import type { Tone } from './tone';

export interface NoticeOptions {
  text: string;
  tone?: Tone;
  action?: { label: string; run: () => void };
  /** How long it stays. With an action it stays at least 8 seconds: a thumb needs time to change its mind. */
  seconds?: number;
}

export interface Notice extends NoticeOptions {
  id: number;
}

const shown = reactive<Notice[]>([]);
const timers = new Map<number, ReturnType<typeof setTimeout>>();
let nextId = 1;

/** Short messages above the action bar, read out by screen readers. At most two are shown at a time. */
export function useNotices() {
  return { notices: readonly(shown) as readonly Notice[], notify, dismiss, hold, release };
}

function notify(options: NoticeOptions): number {
  const notice: Notice = { ...options, id: nextId++ };
  shown.push(notice);
  while (shown.length > 2) dismiss(shown[0]?.id ?? 0);
  release(notice.id);
  return notice.id;
}

function dismiss(id: number): void {
  hold(id);
  const index = shown.findIndex((notice) => notice.id === id);
  if (index >= 0) shown.splice(index, 1);
}

/** Stops the clock of a notice while it has the focus or the pointer. */
function hold(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
}

function release(id: number): void {
  const notice = shown.find((candidate) => candidate.id === id);
  if (!notice) return;
  hold(id);
  const seconds = notice.seconds ?? (notice.action ? 8 : 5);
  timers.set(
    id,
    setTimeout(() => dismiss(id), seconds * 1000),
  );
}
