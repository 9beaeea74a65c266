import type { RouteRecord } from '@/router';

export const shellRoutes: RouteRecord[] = [
  { path: '/', redirect: '/today' },
  {
    path: '/settings',
    name: 'settings',
    component: () => import('./SettingsPage.vue'),
    meta: { titleKey: 'shell.settings', open: true },
  },
  {
    path: '/:rest(.*)*',
    name: 'not-found',
    component: () => import('./NotFoundPage.vue'),
    meta: { titleKey: 'shell.notFound', open: true, layout: 'bare' },
  },
];
