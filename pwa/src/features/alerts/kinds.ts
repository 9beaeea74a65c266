import { t } from '@/i18n';

/** The kinds of alerts that have words; another is shown by its name. */
const known = new Set([
  'reveal.quota_nearly_used',
  'reveal.over_quota',
  'reveal.unusual_hour',
  'reveal.unusual_pace',
  'reveal.off_route',
  'reveal.not_lent',
  'audit.mismatch',
  'audit.false_checkpoint',
  'audit.broken',
  'sealed.unreadable',
  'clock.behind',
  'clock.jumped',
  'clock.unsynchronised',
  'call_back.route_closed',
  'handover.denied',
  'handover.wrong',
  'retention.shrunk',
  'retention.ended',
  'retention.lost',
]);

export function alertWords(kind: string): string {
  return known.has(kind) ? t(`alerts.kind.${kind}`) : kind;
}
