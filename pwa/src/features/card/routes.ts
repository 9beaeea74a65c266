import type { RouteRecordRaw } from 'vue-router';

export const cardRoutes: RouteRecordRaw[] = [
  {
    path: '/card/:outletId(\\d+)',
    name: 'card',
    component: () => import('./CardPage.vue'),
    props: (to) => ({ outletId: Number(to.params['outletId']) }),
    meta: { titleKey: 'card.title' },
  },
];
