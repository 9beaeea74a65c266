import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

export const noticeRoutes: RouteRecord[] = [
  {
    path: '/notices',
    name: 'notices',
    component: () => import('./NoticesPage.vue'),
    beforeEnter: () => openTexts('rooms'),
    meta: { titleKey: 'notices.title' },
  },
];
