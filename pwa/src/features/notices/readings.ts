import { computed, ref } from 'vue';
import { now } from '@/domain/clock';
import { useBook } from '@/features/day/book';
import { saveDeed } from '@/features/day/saving';
import { ownOperations, type OwnOperation } from '@/storage';
import { announcementsOf } from './lent';

const DAYS = 30;

/** The announcements in the book, and saying that one was read: kept in the outbox until the office has it. */
export function useAnnouncements() {
  const { book } = useBook();
  const readings = ref<OwnOperation<'announcement.read'>[]>([]);
  const announcements = computed(() =>
    announcementsOf(book.value?.manifest.announcements ?? [], readings.value, now()),
  );

  async function load(): Promise<void> {
    readings.value = await ownOperations('announcement.read', { since: now() - DAYS * 86_400_000 });
  }

  async function note(id: number, confirmed: boolean): Promise<void> {
    const at = new Date(now()).toISOString();
    if (await saveDeed('announcement.read', { announcement_id: id, at, confirmed })) await load();
  }

  return { announcements, load, note };
}
