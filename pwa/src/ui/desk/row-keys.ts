import { ref, watch, type Ref } from 'vue';

const page = 10;

const jumps: Record<string, (index: number, last: number) => number> = {
  ArrowDown: (index, last) => Math.min(last, index + 1),
  ArrowUp: (index) => Math.max(0, index - 1),
  PageDown: (index, last) => Math.min(last, index + page),
  PageUp: (index) => Math.max(0, index - page),
  Home: () => 0,
  End: (_index, last) => last,
};

/** One row of many is in the tab order; keys move it, and `show` brings the new one into sight and focuses it. */
export function useRowKeys(count: Ref<number>, show: (index: number) => void) {
  const active = ref(0);
  watch(count, (rows) => (active.value = Math.max(0, Math.min(active.value, rows - 1))));

  /** True when the key moved the row. */
  function move(event: KeyboardEvent): boolean {
    const jump = jumps[event.key];
    if (!jump || count.value === 0) return false;
    event.preventDefault();
    active.value = jump(active.value, count.value - 1);
    show(active.value);
    return true;
  }

  return { active, move };
}
