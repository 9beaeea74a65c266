import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

export const driverRoutes: RouteRecord[] = [
  {
    path: '/load',
    name: 'load',
    component: () => import('./LoadPage.vue'),
    beforeEnter: () => openTexts('rooms'),
    meta: { titleKey: 'driver.title', tabs: true },
  },
  {
    path: '/load/:deliveryId',
    name: 'delivery',
    component: () => import('./DeliveryPage.vue'),
    beforeEnter: () => openTexts('rooms'),
    props: true,
    meta: { titleKey: 'driver.delivery' },
  },
];
