import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

const texts = () => openTexts('rooms');

export const fieldRoutes: RouteRecord[] = [
  {
    path: '/tasks',
    component: () => import('./TasksPage.vue'),
    beforeEnter: texts,
    meta: { tabs: true, titleKey: 'field.tasks' },
  },
  {
    path: '/tasks/:id(\\d+)',
    component: () => import('./TaskPage.vue'),
    beforeEnter: texts,
    props: true,
    meta: { titleKey: 'field.tasks' },
  },
  {
    path: '/joint',
    component: () => import('./JointPage.vue'),
    beforeEnter: texts,
    meta: { titleKey: 'field.joint.title' },
  },
  {
    path: '/joint/:rep(\\d+)/:outlet(\\d+)',
    component: () => import('./JointForm.vue'),
    beforeEnter: texts,
    props: true,
    meta: { titleKey: 'field.joint.title' },
  },
  {
    path: '/approvals',
    component: () => import('./ApprovalsPage.vue'),
    beforeEnter: texts,
    meta: { titleKey: 'field.approve.title' },
  },
];
