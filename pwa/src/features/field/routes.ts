import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

const texts = () => openTexts('rooms');

export const fieldRoutes: RouteRecord[] = [
  { path: '/tasks', component: () => import('./TasksPage.vue'), beforeEnter: texts, meta: { tabs: true } },
  { path: '/tasks/:id(\\d+)', component: () => import('./TaskPage.vue'), beforeEnter: texts, props: true },
  { path: '/joint', component: () => import('./JointPage.vue'), beforeEnter: texts },
  {
    path: '/joint/:rep(\\d+)/:outlet(\\d+)',
    component: () => import('./JointForm.vue'),
    beforeEnter: texts,
    props: true,
  },
  { path: '/approvals', component: () => import('./ApprovalsPage.vue'), beforeEnter: texts },
];
