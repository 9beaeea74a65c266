import { watch } from 'vue';
import type { RouteLocation, RouteMeta, Target, Router } from '@/router';
import type { Session } from '@/api';
import { carriesBook } from '@/domain/roles';
import type { VaultState } from '@/storage/vault';
import {
  currentSession,
  isBookLocked,
  lockState,
  readDaybook,
  startSync,
  useDaybook,
  useStopped,
} from '@/sync';
import { followSession } from './navigation';
import { homeOf } from './session';

/** Sign-in stands before every page that is not open; and the tabs are those of whoever is signed in. */
export function installSignIn(router: Router): void {
  followSession();
  const stopped = useStopped();
  router.beforeEach(async (to) => {
    await startSync();
    const who = currentSession();
    if (!who && stopped.value && !to.meta.open) return { name: 'stopped' };
    const lock = who && carriesBook(who.person.roles) ? await lockState() : 'open';
    // A book whose lease is over is said to be over; unlocking would show nothing of it. Looked at again where the keys
    // are put away: the clock may have jumped since the book was read.
    if (lock !== 'open' && !isBookLocked()) await readDaybook();
    return wayFor(to, who, isBookLocked() ? 'open' : lock);
  });
  // Half an hour out of use, and the phone comes out of the pocket on a page of the book.
  const book = useDaybook();
  const { currentRoute } = router;
  watch(stopped, (whose) => void (whose && router.replace({ name: 'stopped' })));
  // Of the page too: the half hour may end between the look before a page is turned and the page's own.
  watch([() => book.value.state, currentRoute], async ([state]) => {
    if (state !== 'shut' || !isBehindLock(currentRoute.value.meta) || (await lockState()) === 'open') return;
    const { meta, fullPath } = currentRoute.value;
    if (isBehindLock(meta)) void router.replace(lockPage(fullPath));
  });
}

function isBehindLock(meta: RouteMeta): boolean {
  return !meta.open && !meta.shut && meta.layout !== 'desk';
}

function lockPage(next: string): Target {
  return { name: 'unlock', query: { next } };
}

/** Where somebody may go: true, or where instead. The desk keeps a door of its own. */
export function wayFor(
  to: Pick<RouteLocation, 'name' | 'path' | 'fullPath' | 'meta' | 'query'>,
  who: Session | null,
  lock: VaultState = 'open',
): true | Target {
  // With a `next`, somebody whose session has ended signs in anew; the work stays where it is.
  if (to.name === 'sign-in') return who && to.query['next'] === undefined ? homeOf(who) : true;
  if (to.meta.open || to.meta.layout === 'desk') return true;
  if (!who) return { name: 'sign-in', query: to.path === '/today' ? {} : { next: to.fullPath } };
  if (lock !== 'open' && isBehindLock(to.meta)) return lockPage(to.fullPath);
  // The installed app starts at the rep's list: whoever has another home goes on to it.
  return to.name === 'today' && homeOf(who) !== '/today' ? homeOf(who) : true;
}
