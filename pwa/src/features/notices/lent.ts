import { safeParse } from 'valibot';
import type { OwnOperation } from '@/storage';
import { LentAnnouncementSchema, LentNoticeSchema, type LentAnnouncement, type Notice } from './schemas';

type Reading = Pick<OwnOperation<'announcement.read'>, 'body'>;

/** The announcements of the book that hold now, with what this phone has noted and not yet delivered. */
export function announcementsOf(
  lent: readonly unknown[],
  readings: readonly Reading[],
  nowMs: number,
): LentAnnouncement[] {
  const read = new Set(readings.map(({ body }) => body.announcement_id));
  const confirmed = new Set(
    readings.filter(({ body }) => body.confirmed).map(({ body }) => body.announcement_id),
  );
  return lent.flatMap((row) => {
    const parsed = safeParse(LentAnnouncementSchema, row);
    if (!parsed.success) return [];
    const one = parsed.output;
    if (Date.parse(one.at) > nowMs || Date.parse(one.until) <= nowMs) return [];
    return [
      { ...one, read: one.read || read.has(one.id), confirmed: one.confirmed || confirmed.has(one.id) },
    ];
  });
}

/** What is still to be done with it: read it, or say that it is understood. */
export function isOpen(one: Pick<LentAnnouncement, 'read' | 'confirmed' | 'must_confirm'>): boolean {
  return one.must_confirm ? !one.confirmed : !one.read;
}

/** The notices of the book, the newest first. Those of announcements are told by the announcements themselves. */
export function noticesOf(lent: readonly unknown[]): Notice[] {
  return lent.flatMap((row) => {
    const parsed = safeParse(LentNoticeSchema, row);
    if (!parsed.success) return [];
    const [id, kind, subject, detail, at, seen] = parsed.output;
    if (kind === 'announcement') return [];
    return [{ id, kind, subject, detail, at, seen, about: '', about_en: '' }];
  });
}
