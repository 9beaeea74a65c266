import { now } from '@/domain/clock';
import { judgedTime, leaseState, type LeaseState } from '@/domain/lease';
import type { Daybook, DaybookStore } from '@/storage/daybook';
import type { LeaseKeys } from '@/storage/vault';
import { observable, type Observable } from '@/storage/observable';
import type { Outbox } from '@/storage/outbox';

/**
 * loading · none: never pulled, or dropped · locked: the lease has ended, or the clock is behind a time that it has shown ·
 * shut: the person must unlock it · open. Reading depends on it, writing never does.
 */
export type BookState =
  | { state: 'loading' | 'none' | 'shut' }
  | { state: 'locked'; reason: Exclude<LeaseState, 'open'> }
  | ({ state: 'open' } & Daybook);

export interface Book {
  book: Observable<BookState>;
  reload(): Promise<BookState>;
}

/** The lent book as the screens see it: without a lease there is nothing to see. */
export function createBook(
  outbox: Outbox,
  daybook: DaybookStore,
  keys: Pick<LeaseKeys, 'key' | 'end'>,
  clock: () => number = now,
): Book {
  const book = observable<BookState>({ state: 'loading' });
  return {
    book,
    async reload() {
      book.set(await read());
      return book.get();
    },
  };

  async function read(): Promise<BookState> {
    const [lease, { highWater, clockOffset }] = await Promise.all([daybook.lease(), outbox.meta()]);
    if (!lease) return { state: 'none' };
    const reason = leaseState(lease, judgedTime(clock(), clockOffset), highWater);
    // Key first, data second (E5): with no network too, nobody reads the book from here on (E2).
    if (reason === 'ended') await keys.end();
    if (reason !== 'open') return { state: 'locked', reason };
    if (!(await keys.key(lease.id))) return { state: 'shut' };
    const found = await daybook.read();
    return found ? { state: 'open', ...found } : { state: 'none' };
  }
}
