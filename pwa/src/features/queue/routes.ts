import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

export const queueRoutes: RouteRecord[] = [
  {
    path: '/queue',
    name: 'queue',
    component: () => import('./QueuePage.vue'),
    beforeEnter: () => openTexts('rooms'),
    meta: { titleKey: 'queue.title', tabs: true, shut: true },
  },
];
