import { t } from '@/i18n';
import {
  NotSaved,
  saveOperation,
  type OperationBodies,
  type OperationKind,
  type SavedOperation,
  type SaveOptions,
} from '@/storage';
import { useNotices } from '@/ui/notices';

/** Saves, and says NOT SAVED with the reason where it could not: null then, and what was entered stays on screen. */
export async function saveDeed<K extends OperationKind>(
  kind: K,
  body: OperationBodies[K],
  options?: SaveOptions,
): Promise<SavedOperation | null> {
  try {
    return await saveOperation(kind, body, options);
  } catch (error) {
    const reason = error instanceof NotSaved ? error.reason : 'unknown';
    useNotices().notify({ text: t(`day.notSaved.${reason}`), tone: 'late', seconds: 20 });
    return null;
  }
}
