import { computed, type Ref, type WritableComputedRef } from 'vue';

/** Whether a dialog about a thing is open: while there is one. Closing it lets the thing go. */
export function openWhile(thing: Readonly<Ref<unknown>>, letGo: () => void): WritableComputedRef<boolean> {
  return computed({
    get: () => thing.value !== null,
    set: (open) => {
      if (!open) letGo();
    },
  });
}
