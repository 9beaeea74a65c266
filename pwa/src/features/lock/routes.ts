import { openTexts } from '@/i18n';
import type { RouteRecord } from '@/router';

export const lockRoutes: RouteRecord[] = [
  {
    path: '/unlock',
    name: 'unlock',
    component: () => import('./LockPage.vue'),
    beforeEnter: () => openTexts('lock'),
    meta: { titleKey: 'shell.name', layout: 'bare', shut: true },
  },
  {
    path: '/stopped',
    name: 'stopped',
    component: () => import('./StoppedPage.vue'),
    beforeEnter: () => openTexts('lock'),
    meta: { titleKey: 'shell.name', layout: 'bare', open: true },
  },
];
