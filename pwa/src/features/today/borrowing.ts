import { request } from '@/api';
import { useBook } from '@/features/day/book';
import { readDaybook, syncNow } from '@/sync';

/**
 * Asks the server to lend one more card for today, and fetches it. null: it is in the book. Without a network there is no
 * card to lend, and the visit waits for one.
 */
export async function borrowCard(outletId: number, reason: string): Promise<'offline' | 'refused' | null> {
  const { book } = useBook();
  if (book.value?.cards.has(outletId)) return null;
  const answer = await request('POST', '/daybook/borrow', { body: { outlet_id: outletId, reason } });
  if (!answer.ok) return answer.kind === 'http' ? 'refused' : 'offline';
  await syncNow();
  await readDaybook();
  return book.value?.cards.has(outletId) ? null : 'refused';
}
