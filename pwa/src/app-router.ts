import { ref } from 'vue';
import { createRouter, type RouteRecord } from '@/router';
import { agreementRoutes } from '@/features/agreement/routes';
import { cardRoutes } from '@/features/card/routes';
import { changeRoutes } from '@/features/change/routes';
import { dayRoutes } from '@/features/day/routes';
import { deskRoutes } from '@/features/desk/routes';
import { driverRoutes } from '@/features/driver/routes';
import { galleryRoutes } from '@/features/gallery/routes';
import { lockRoutes } from '@/features/lock/routes';
import { proposalRoutes } from '@/features/proposal/routes';
import { queueRoutes } from '@/features/queue/routes';
import { focusHeading, rememberScroll, restoreScroll } from '@/features/shell/page-turn';
import { shellRoutes } from '@/features/shell/routes';
import { installSignIn } from '@/features/signin/guard';
import { signInRoutes } from '@/features/signin/routes';
import { todayRoutes } from '@/features/today/routes';
import { visitRoutes } from '@/features/visit/routes';

const more = async () => (await import('./app-later')).laterRoutes;

// One line a room. Pages are imported lazily inside each room's routes.ts.
const routes: RouteRecord[] = [
  ...(__GALLERY__ ? galleryRoutes : []),
  ...signInRoutes,
  ...lockRoutes,
  ...agreementRoutes,
  ...todayRoutes,
  ...dayRoutes,
  ...cardRoutes,
  ...changeRoutes,
  ...proposalRoutes,
  ...driverRoutes,
  { path: '/:room(tasks|joint|approvals|notices)/:rest(.*)?', more },
  { path: '/card/:outletId(\\d+)/handover', more },
  ...deskRoutes,
  ...visitRoutes,
  ...queueRoutes,
  ...shellRoutes,
];

export const router = createRouter({ routes, scrollBehavior: restoreScroll });

installSignIn(router);

/** The page that could not be opened, with the reason kept for the screen: a lazy file did not come. */
export const failedPage = ref<string | null>(null);

router.onError((_error, to) => (failedPage.value = to.fullPath));
router.beforeEach((_to, from) => {
  failedPage.value = null;
  rememberScroll(from);
});
router.afterEach((to, from, failure) => {
  if (!failure && from.matched.length > 0) void focusHeading(to, from);
});
