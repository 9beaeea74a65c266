import { computed, effectScope, ref, shallowRef, watch } from 'vue';
import { corrected, now } from '@/domain/clock';
import { businessDate, type Day } from '@/domain/journeyPlan';
import { outbox, ownOperations, type Daybook, type OperationKind, type OwnOperation } from '@/storage';
import { useDaybook, useSession, useSync } from '@/sync';

/**
 * open: to be read. The others lock it: only the queue and delivery are left. none: there is no book yet. shut: the
 * person must unlock it.
 */
export type BookState = 'loading' | 'open' | 'none' | 'shut' | 'ended' | 'clock_behind' | 'date_wrong';

/** What this person did today, as this phone knows; oldest first. */
export interface Deeds {
  starts: OwnOperation<'day.start'>[];
  ends: OwnOperation<'day.end'>[];
  visits: OwnOperation<'visit.record'>[];
  reorders: OwnOperation<'stops.reorder'>[];
  proposals: OwnOperation<'outlet.propose'>[];
  deliveries: OwnOperation<'delivery.record'>[];
  notes: OwnOperation<'outlet.note'>[];
  kept: OwnOperation<'promise.keep'>[];
  /** Keys of unfinished visits: `visit:OUTLET`. */
  drafts: string[];
}

const noDeeds: Deeds = {
  starts: [],
  ends: [],
  visits: [],
  reorders: [],
  proposals: [],
  deliveries: [],
  notes: [],
  kept: [],
  drafts: [],
};

const deeds = shallowRef<Deeds>(noDeeds);
const isLoaded = ref(false);
const clock = ref(now());
const offset = ref<number | null>(null);
const zoneWithoutBook = 'Asia/Hong_Kong';

const lent = useDaybook();
const session = useSession();
const { status } = useSync();

const book = computed<Daybook | null>(() => (lent.value.state === 'open' ? lent.value : null));
const timezone = computed(() => book.value?.manifest.timezone ?? session.value?.timezone ?? zoneWithoutBook);
const today = computed<Day>(() => businessDate(corrected(clock.value, offset.value), timezone.value));
const state = computed<BookState>(() => {
  if (status.value.dateWrong) return 'date_wrong';
  return lent.value.state === 'locked' ? lent.value.reason : lent.value.state;
});

// Whatever was saved or delivered, here or in another tab, changes the counts of the queue.
effectScope(true).run(() => {
  watch([() => status.value.counts, session], () => void refreshDeeds().catch(() => undefined));
});

/** The book and the day's own deeds, for every screen of the day. */
export function useBook() {
  return { book, state, timezone, today, deeds, isLoaded, refresh: refreshDeeds };
}

let newest = 0;

/**
 * Reads the day's own deeds again: when a screen opens, and after each save. What was asked for last counts: an earlier
 * reading that comes later knows less, and would offer a visit again that was just made.
 */
async function refreshDeeds(): Promise<void> {
  const mine = ++newest;
  clock.value = now();
  try {
    offset.value = (await outbox.meta()).clockOffset;
    const found = await readDeeds();
    if (mine === newest) deeds.value = found;
  } finally {
    isLoaded.value = true;
  }
}

async function readDeeds(): Promise<Deeds> {
  const day = today.value;
  const since = now() - 36 * 3_600_000;
  async function of<K extends OperationKind>(kind: K): Promise<OwnOperation<K>[]> {
    const recent = await ownOperations(kind, { since });
    return recent.filter(({ capturedAt }) => {
      const time = corrected(Date.parse(capturedAt), offset.value);
      return businessDate(time, timezone.value) === day;
    });
  }
  const [starts, ends, visits, reorders, proposals, deliveries, notes, kept, keys] = await Promise.all([
    of('day.start'),
    of('day.end'),
    of('visit.record'),
    of('stops.reorder'),
    of('outlet.propose'),
    of('delivery.record'),
    of('outlet.note'),
    of('promise.keep'),
    outbox.draftKeys(),
  ]);
  const drafts = keys.filter((key) => key.startsWith('visit:'));
  return { starts, ends, visits, reorders, proposals, deliveries, notes, kept, drafts };
}
