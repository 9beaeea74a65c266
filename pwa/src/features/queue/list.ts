import type { OutboxEntry, StoredPhoto } from '@/storage';
import type { SyncStatus } from '@/sync';

export type RowState = 'attention' | 'sending' | 'waiting' | 'delivered';

export interface QueueRow {
  id: string;
  /** The kind of operation, a text key under `queue.kind`; photos are `photo`. */
  kind: string;
  state: RowState;
  /** When it was entered, ms. */
  at: number;
  outletId: number | null;
  photos: number;
  /** Why it is not done, a text key under `queue.reason`. */
  reason: string | null;
  /** What the server said of it in words. */
  detail: string;
  /** A person may send it again by hand. */
  canRetry: boolean;
  /** How often it was tried. */
  tries: number;
  /** Share of a photo that is there, while it goes. */
  share: number | null;
}

export type QueueGroups = Record<'attention' | 'open' | 'delivered', QueueRow[]>;

const mostDelivered = 60;

/** The queue as a person reads it: what needs somebody, what is still to go in the order it goes, what has arrived. */
export function queueGroups(
  entries: readonly OutboxEntry[],
  photos: readonly StoredPhoto[],
  status: Pick<SyncStatus, 'sending' | 'upload'>,
  personId: number | null,
): QueueGroups {
  const outletOf = new Map<string, number>();
  for (const { about } of entries) {
    if (about.visitId !== undefined && about.outletId !== undefined)
      outletOf.set(about.visitId, about.outletId);
  }
  const sending = new Set(status.sending);
  const isMine = (kept: { personId: number }) => personId === null || kept.personId === personId;
  const shownPhotos = photos.filter((photo) => photo.state !== 'draft' && isMine(photo));
  const known = new Set(shownPhotos.map((photo) => photo.id));
  // A photo's own entry says nothing that its row does not, unless it is stuck.
  const isShown = (entry: OutboxEntry) =>
    isMine(entry) &&
    (entry.kind !== 'photo.attach' || entry.state === 'attention' || !known.has(entry.about.photoId ?? ''));
  const rows = [
    ...entries.filter(isShown).map((entry) => entryRow(entry, sending, outletOf)),
    ...shownPhotos.map((photo) => photoRow(photo, status.upload, outletOf)),
  ].sort((a, b) => a.at - b.at);
  const delivered = rows.filter((row) => row.state === 'delivered');
  return {
    attention: rows.filter((row) => row.state === 'attention').reverse(),
    open: rows.filter((row) => row.state === 'sending' || row.state === 'waiting'),
    delivered: delivered.reverse().slice(0, mostDelivered),
  };
}

function entryRow(
  entry: OutboxEntry,
  sending: ReadonlySet<string>,
  outletOf: ReadonlyMap<string, number>,
): QueueRow {
  const { about, kind, state, code, detail, attempts } = entry;
  return {
    id: entry.id,
    kind: kind === 'photo.attach' ? 'photo' : kind.replace('.', '_'),
    state: state === 'waiting' && sending.has(entry.id) ? 'sending' : state,
    at: entry.savedAt,
    outletId: about.outletId ?? outletOf.get(about.visitId ?? '') ?? null,
    photos: about.photos ?? 0,
    reason: code === '' ? null : code,
    detail,
    // Without a receipt the server does not have it: only this phone can send it again.
    canRetry: state === 'attention' && entry.receivedAt === null,
    tries: attempts,
    share: null,
  };
}

function photoRow(
  photo: StoredPhoto,
  upload: SyncStatus['upload'],
  outletOf: ReadonlyMap<string, number>,
): QueueRow {
  const share = upload?.photoId === photo.id ? upload.share : null;
  const state = photo.state === 'draft' ? 'waiting' : photo.state;
  return {
    id: photo.id,
    kind: 'photo',
    state: share === null ? state : 'sending',
    at: photo.savedAt,
    outletId: outletOf.get(photo.visitId) ?? null,
    photos: 0,
    reason: photo.code === '' ? null : photo.code,
    detail: '',
    canRetry: photo.state === 'attention',
    tries: photo.attempts,
    share,
  };
}

/** `[{from: 3, to: 3}, {from: 7, to: 9}]` → `3, 7–9`. */
export function numbersInWords(ranges: readonly { from: number; to: number }[]): string {
  return ranges.map(({ from, to }) => (from === to ? String(from) : `${from}–${to}`)).join(', ');
}
