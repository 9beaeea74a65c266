import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

export const dayRoutes: RouteRecord[] = [
  {
    path: '/day/start',
    name: 'day-start',
    component: () => import('./StartDayPage.vue'),
    meta: { titleKey: 'day.start.title' },
  },
  {
    path: '/day/end',
    name: 'day-end',
    component: () => import('./EndDayPage.vue'),
    beforeEnter: () => openTexts('rooms'),
    meta: { titleKey: 'day.end.title' },
  },
  {
    path: '/more',
    name: 'more',
    component: () => import('./MorePage.vue'),
    beforeEnter: () => openTexts('rooms'),
    meta: { titleKey: 'day.more.title', tabs: true, shut: true },
  },
];
