import type { RouteRecordRaw } from 'vue-router';

export const driverRoutes: RouteRecordRaw[] = [
  {
    path: '/load',
    name: 'load',
    component: () => import('./LoadPage.vue'),
    meta: { titleKey: 'driver.title', tabs: true },
  },
  {
    path: '/load/:deliveryId',
    name: 'delivery',
    component: () => import('./DeliveryPage.vue'),
    props: true,
    meta: { titleKey: 'driver.delivery' },
  },
];
