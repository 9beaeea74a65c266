import { t } from '@/i18n';
import { useFormat } from '@/i18n/format';
import { inLocale } from '@/i18n/names';
import type { IconName } from '@/ui/icons';
import type { Tone } from '@/ui/tone';
import type { ExceptionKind, LiveException, OpenStop, RouteState } from './schemas';

export const stateTones: Record<RouteState, Tone> = {
  late: 'late',
  waiting: 'due',
  running: 'info',
  finished: 'done',
  no_stops: 'neutral',
};

export const stopTones: Record<OpenStop['state'], Tone> = {
  done: 'done',
  skipped: 'due',
  late: 'late',
  ahead: 'neutral',
};

export const kindLooks: Record<ExceptionKind, { tone: Tone; icon: IconName }> = {
  stuck_queue: { tone: 'stuck', icon: 'inbox' },
  offline_long: { tone: 'stuck', icon: 'cloud-off' },
  far_check_in: { tone: 'due', icon: 'pin' },
  copied_count: { tone: 'due', icon: 'list' },
  short_visit: { tone: 'due', icon: 'clock' },
};

/** An outlet's name; words in its place where it is too secret for who reads. */
export function outletNamed(name: string, english: string): string {
  return inLocale(name, english) || t('live.hiddenOutlet');
}

/** What an exception says, with its figures. `asOf`: the server's time, for how long ago something was. */
export function exceptionWords(one: LiveException, asOf: number): string {
  const format = useFormat();
  const ago = one.since ? format.ago(one.since, new Date(asOf)) : '';
  const amount = one.amount ?? 0;
  switch (one.kind) {
    case 'far_check_in':
      return t('live.far', { distance: format.distance(amount) });
    case 'short_visit':
      return t('live.short', { count: Math.round(amount) });
    case 'copied_count':
      return t('live.copied', { equal: amount, counted: one.of ?? 0 });
    case 'offline_long':
      return one.since ? t('live.silent', { ago }) : t('live.neverHeard');
    case 'stuck_queue':
      return one.cause === 'gap'
        ? t('live.gap', { ago })
        : t(`live.${one.cause === 'waiting' ? 'waitingQueue' : 'quarantined'}`, { count: amount, ago });
  }
}
