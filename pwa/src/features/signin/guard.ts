import type { RouteLocation, Target, Router } from '@/router';
import type { Session } from '@/api';
import { currentSession, startSync } from '@/sync';
import { followSession } from './navigation';
import { homeOf } from './session';

/** Sign-in stands before every page that is not open; and the tabs are those of whoever is signed in. */
export function installSignIn(router: Router): void {
  followSession();
  router.beforeEach(async (to) => {
    await startSync();
    return wayFor(to, currentSession());
  });
}

/** Where somebody may go: true, or where instead. The desk keeps a door of its own. */
export function wayFor(
  to: Pick<RouteLocation, 'name' | 'path' | 'fullPath' | 'meta' | 'query'>,
  who: Session | null,
): true | Target {
  // With a `next`, somebody whose session has ended signs in anew; the work stays where it is.
  if (to.name === 'sign-in') return who && to.query['next'] === undefined ? homeOf(who) : true;
  if (to.meta.open || to.meta.layout === 'desk') return true;
  if (!who) return { name: 'sign-in', query: to.path === '/today' ? {} : { next: to.fullPath } };
  // The installed app starts at the rep's list: whoever has another home goes on to it.
  return to.name === 'today' && homeOf(who) !== '/today' ? homeOf(who) : true;
}
