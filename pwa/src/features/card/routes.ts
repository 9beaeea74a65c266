import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

export const cardRoutes: RouteRecord[] = [
  {
    path: '/card/:outletId(\\d+)',
    name: 'card',
    component: () => import('./CardPage.vue'),
    beforeEnter: () => openTexts('rooms'),
    props: (to) => ({ outletId: Number(to.params['outletId']) }),
    meta: { titleKey: 'card.title' },
  },
];
