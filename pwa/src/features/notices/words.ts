import { t, te } from '@/i18n';
import { inLocale } from '@/i18n/names';
import type { Notice } from './schemas';

/** What a notice says, and where it leads at the desk. */
export function noticeWords(notice: Notice): string {
  const { kind, detail } = notice;
  if (kind === 'announcement')
    return t('notices.words.announcement', { title: inLocale(notice.about, notice.about_en) });
  if (kind === 'request') return t(`notices.words.request${detail['accepted'] === true ? 'Yes' : 'No'}`);
  if (kind === 'plan') return t('notices.words.plan', { from: String(detail['from'] ?? '') });
  if (kind === 'case') {
    const due = typeof detail['due'] === 'string' ? detail['due'] : '';
    return t(due ? 'notices.words.caseDue' : 'notices.words.case', { due });
  }
  if (kind === 'task') {
    const many = typeof detail['tasks'] === 'number' ? detail['tasks'] : 1;
    return many > 1 ? t('notices.words.tasks', { count: many }) : t('notices.words.task');
  }
  const key = `notices.words.${kind}`;
  return te(key) ? t(key) : kind;
}

const places: Readonly<Record<string, string>> = {
  case: '/desk/cases',
  alert: '/desk/alerts',
  plan: '/desk/plans',
  task: '/desk/tasks',
};

export function deskPlace(notice: Notice): string | undefined {
  if (notice.kind === 'plan') return `/desk/plans/${notice.subject.replace(/\D/g, '')}`;
  return places[notice.kind];
}
