import { now } from '@/domain/clock';
import { judgedTime, leaseState, type LeaseState } from '@/domain/lease';
import type { Daybook, DaybookStore } from '@/storage/daybook';
import { observable, type Observable } from '@/storage/observable';
import type { Outbox } from '@/storage/outbox';

/**
 * loading · none: never pulled, or dropped · locked: the lease has ended, or the clock is behind a time that it has shown ·
 * open. Reading depends on it, writing never does.
 */
export type BookState =
  | { state: 'loading' | 'none' }
  | { state: 'locked'; reason: Exclude<LeaseState, 'open'> }
  | ({ state: 'open' } & Daybook);

export interface Book {
  book: Observable<BookState>;
  reload(): Promise<BookState>;
}

/** The lent book as the screens see it: without a lease there is nothing to see. */
export function createBook(outbox: Outbox, daybook: DaybookStore, clock: () => number = now): Book {
  const book = observable<BookState>({ state: 'loading' });
  return {
    book,
    async reload() {
      book.set(await read());
      return book.get();
    },
  };

  async function read(): Promise<BookState> {
    const [found, { highWater, clockOffset }] = await Promise.all([daybook.read(), outbox.meta()]);
    if (!found) return { state: 'none' };
    const { from, until } = found.manifest.lease;
    const lease = { from: Date.parse(from), until: Date.parse(until) };
    const reason = leaseState(lease, judgedTime(clock(), clockOffset), highWater);
    return reason === 'open' ? { state: 'open', ...found } : { state: 'locked', reason };
  }
}
