import { watch, watchEffect } from 'vue';
import { useNavigation, type Destination } from '@/features/shell/navigation';
import { reportReachable } from '@/features/shell/online';
import { currentLocale } from '@/i18n';
import { unseenIn } from '@/features/notices/unseen';
import { changeLocale, onReached, useDaybook, useSession, useSync } from '@/sync';

/** The tabs of whoever is signed in, with what waits in the queue; and the frame hears whether the server answers. */
export function followSession(): void {
  const { phone } = useNavigation();
  const session = useSession();
  const lent = useDaybook();
  const { status } = useSync();
  onReached(reportReachable);
  // Words that the server writes (problems, names of reasons) come in the language on screen.
  watch(currentLocale, (locale) => void (session.value && changeLocale(locale)));
  watchEffect(() => {
    const { waiting, attention } = status.value.counts;
    const unseen = lent.value.state === 'open' ? unseenIn(lent.value.manifest.notices) : 0;
    phone.value = session.value ? tabsOf(session.value.person.roles, waiting + attention, unseen) : [];
  });
}

export function tabsOf(roles: readonly string[], queued: number, unseen = 0): Destination[] {
  const own: Destination[] = [];
  if (roles.includes('rep')) own.push({ href: '/today', label: 'signin.tab.today', icon: 'route' });
  if (roles.includes('driver')) own.push({ href: '/load', label: 'signin.tab.load', icon: 'truck' });
  if (own.length === 0) own.push({ href: '/desk', label: 'signin.tab.desk', icon: 'table' });
  return [
    ...own,
    { href: '/queue', label: 'signin.tab.queue', icon: 'inbox', ...(queued > 0 ? { badge: queued } : {}) },
    { href: '/more', label: 'signin.tab.more', icon: 'more', ...(unseen > 0 ? { badge: unseen } : {}) },
  ];
}
