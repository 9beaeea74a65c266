import type { RouteRecord } from '@/router';

const page = () => import('./VisitPage.vue');

/**
 * A planned visit: `{ name: 'visit', params: { outletId } }`; an unplanned one has the query `unplanned=1&reason=…`.
 * `step` is the step on screen: the visit keeps it itself and puts it into the address.
 */
export const visitRoutes: RouteRecord[] = [
  {
    path: '/visit/proposal/:proposalId/:step?',
    name: 'visit-proposal',
    component: page,
    meta: { titleKey: 'visit.title' },
  },
  {
    path: '/visit/:outletId(\\d+)/:step?',
    name: 'visit',
    component: page,
    meta: { titleKey: 'visit.title' },
  },
];
