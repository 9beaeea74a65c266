import type { RouteRecordRaw } from 'vue-router';

export const proposalRoutes: RouteRecordRaw[] = [
  {
    path: '/propose',
    name: 'propose',
    component: () => import('./ProposePage.vue'),
    meta: { titleKey: 'proposal.title' },
  },
];
