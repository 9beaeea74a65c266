import type { RouteRecordRaw } from 'vue-router';

export const queueRoutes: RouteRecordRaw[] = [
  {
    path: '/queue',
    name: 'queue',
    component: () => import('./QueuePage.vue'),
    meta: { titleKey: 'queue.title', tabs: true },
  },
];
