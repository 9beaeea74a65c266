import { ref } from 'vue';
import { CHANGE_REASONS, type ChangeReason } from '@/domain/orders';

const storageKey = 'routebook.change-reason';

/** The reason that this rep gave last: the next one is likely the same, and comes first. */
export const lastReason = ref<ChangeReason | null>(read());

export function rememberReason(reason: ChangeReason): void {
  lastReason.value = reason;
  try {
    localStorage.setItem(storageKey, reason);
  } catch {
    // Without storage the order of the chips is forgotten; nothing else is.
  }
}

function read(): ChangeReason | null {
  try {
    const stored = localStorage.getItem(storageKey);
    return CHANGE_REASONS.find((reason) => reason === stored) ?? null;
  } catch {
    return null;
  }
}
