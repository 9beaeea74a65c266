import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

export const changeRoutes: RouteRecord[] = [
  {
    path: '/card/:outletId(\\d+)/change',
    name: 'change',
    component: () => import('./ChangePage.vue'),
    beforeEnter: () => openTexts('rooms'),
    props: (to) => ({ outletId: Number(to.params['outletId']) }),
    meta: { titleKey: 'change.title' },
  },
];
