import type { RouteRecordRaw } from 'vue-router';
import { openTexts } from '@/i18n';

export const queueRoutes: RouteRecordRaw[] = [
  {
    path: '/queue',
    name: 'queue',
    component: () => import('./QueuePage.vue'),
    beforeEnter: () => openTexts('rooms'),
    meta: { titleKey: 'queue.title', tabs: true },
  },
];
