import * as v from 'valibot';

const whole = v.pipe(v.number(), v.safeInteger());

export const NoticeSchema = v.object({
  id: whole,
  kind: v.string(),
  subject: v.string(),
  detail: v.record(v.string(), v.unknown()),
  at: v.string(),
  seen: v.boolean(),
  about: v.string(),
  about_en: v.string(),
});
export type Notice = v.InferOutput<typeof NoticeSchema>;
export const NoticePageSchema = v.object({ notices: v.array(NoticeSchema), unseen: whole });
export const UnseenSchema = v.object({ unseen: whole });

/** As the manifest lends them: id, kind, subject, detail, when, whether it was seen. */
export const LentNoticeSchema = v.tuple([
  whole,
  v.string(),
  v.string(),
  v.record(v.string(), v.unknown()),
  v.string(),
  v.boolean(),
]);

export const LentAnnouncementSchema = v.object({
  id: whole,
  title: v.string(),
  title_en: v.string(),
  text: v.string(),
  text_en: v.string(),
  at: v.string(),
  until: v.string(),
  must_confirm: v.boolean(),
  by: v.string(),
  by_en: v.string(),
  read: v.boolean(),
  confirmed: v.boolean(),
});
export type LentAnnouncement = v.InferOutput<typeof LentAnnouncementSchema>;

/** The same as the desk asks for it. */
export const OwnAnnouncementSchema = v.object({
  id: whole,
  title: v.string(),
  title_en: v.string(),
  text: v.string(),
  text_en: v.string(),
  starts_at: v.string(),
  ends_at: v.string(),
  must_confirm: v.boolean(),
  by: v.string(),
  by_en: v.string(),
  read_at: v.nullable(v.string()),
  confirmed_at: v.nullable(v.string()),
});

export const PushStateSchema = v.object({ key: v.string(), on: v.boolean() });
