import type { Failure, SeqRange } from '@/api';
import type { LeaseState } from '@/domain/lease';
import type { Outbox } from '@/storage/outbox';

export type SyncState = 'idle' | 'sending' | 'pulling' | 'waiting' | 'offline' | 'signed_out' | 'locked';

export interface SyncStatus {
  state: SyncState;
  /** Ends of the last run that reached all it wanted, ms; null: never. */
  lastSuccess: number | null;
  /** When the oldest operation that waits was saved, ms. */
  oldestWaitingAt: number | null;
  /** Operations of the signed-in person; delivered ones of the last 30 days. */
  counts: { waiting: number; sending: number; attention: number; delivered: number };
  photos: { waiting: number; attention: number };
  /** Ids that are on their way now. */
  sending: readonly string[];
  /** The photo on its way. */
  upload: { photoId: string; share: number } | null;
  /** Operations that other people saved on this phone; they go when those people sign in. */
  others: number;
  /** Numbers that the server lacks and this phone does not have either. */
  missing: readonly SeqRange[];
  /** Numbers that went with an evicted storage. */
  lost: readonly SeqRange[];
  /** Online, and the oldest operation has waited for more than five minutes. */
  alarm: boolean;
  /** The next try, ms; null: none is planned. */
  nextTryAt: number | null;
  /** Why the last run did not come to its end. */
  problem: Pick<Failure, 'kind' | 'status' | 'problem'> | null;
  /** The phone's date cannot be true. */
  dateWrong: boolean;
  /** Of the lent book; null: there is none. */
  lease: LeaseState | null;
}

export const startStatus: SyncStatus = {
  state: 'idle',
  lastSuccess: null,
  oldestWaitingAt: null,
  counts: { waiting: 0, sending: 0, attention: 0, delivered: 0 },
  photos: { waiting: 0, attention: 0 },
  sending: [],
  upload: null,
  others: 0,
  missing: [],
  lost: [],
  alarm: false,
  nextTryAt: null,
  problem: null,
  dateWrong: false,
  lease: null,
};

/** Five minutes. */
export const alarmAfterMs = 300_000;

/** What the outbox says; the engine adds what it is doing. */
export async function countOutbox(
  outbox: Outbox,
  personId: number | null,
): Promise<
  Pick<SyncStatus, 'counts' | 'photos' | 'others' | 'oldestWaitingAt' | 'missing' | 'lost' | 'lastSuccess'>
> {
  const [waiting, attention, delivered, photos, meta] = await Promise.all([
    outbox.entries('waiting'),
    outbox.entries('attention'),
    outbox.count('delivered'),
    outbox.photos(),
    outbox.meta(),
  ]);
  // Without anybody signed in the phone still says what it holds.
  const isMine = (kept: { personId: number }) => personId === null || kept.personId === personId;
  const mine = waiting.filter(isMine);
  const minePhotos = photos.filter(isMine);
  // A photo and the entry that announces it are one thing to a person: the queue lists one, and one is counted.
  const photosWaiting = new Set(
    minePhotos.filter((photo) => photo.state === 'waiting').map((photo) => photo.id),
  );
  const things = mine.filter(
    ({ kind, about }) => kind !== 'photo.attach' || !photosWaiting.has(about.photoId ?? ''),
  );
  return {
    counts: { waiting: things.length, sending: 0, attention: attention.filter(isMine).length, delivered },
    photos: {
      waiting: photosWaiting.size,
      attention: minePhotos.filter((photo) => photo.state === 'attention').length,
    },
    others: waiting.length - mine.length,
    oldestWaitingAt: mine.length > 0 ? Math.min(...mine.map((entry) => entry.savedAt)) : null,
    missing: meta.missing,
    lost: meta.lost,
    lastSuccess: meta.lastSuccess,
  };
}
