import type { RouteRecord } from '@/router';
import TodayPage from './TodayPage.vue';

export const todayRoutes: RouteRecord[] = [
  { path: '/today', name: 'today', component: TodayPage, meta: { titleKey: 'today.title', tabs: true } },
];
