import type { RouteRecordRaw } from 'vue-router';

export const dayRoutes: RouteRecordRaw[] = [
  {
    path: '/day/start',
    name: 'day-start',
    component: () => import('./StartDayPage.vue'),
    meta: { titleKey: 'day.start.title' },
  },
];
