import type { RouteRecordRaw } from 'vue-router';
import TodayPage from './TodayPage.vue';

export const todayRoutes: RouteRecordRaw[] = [
  { path: '/today', name: 'today', component: TodayPage, meta: { titleKey: 'today.title', tabs: true } },
];
