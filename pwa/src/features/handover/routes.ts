import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

export const handoverRoutes: RouteRecord[] = [
  {
    path: '/card/:outletId(\\d+)/handover',
    name: 'handover',
    component: () => import('./HandoverPage.vue'),
    beforeEnter: () => openTexts('rooms'),
    props: (to) => ({ outletId: Number(to.params['outletId']) }),
    meta: { titleKey: 'handover.title' },
  },
];
