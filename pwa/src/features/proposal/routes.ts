import type { RouteRecordRaw } from 'vue-router';
import { openTexts } from '@/i18n';

export const proposalRoutes: RouteRecordRaw[] = [
  {
    path: '/propose',
    name: 'propose',
    component: () => import('./ProposePage.vue'),
    beforeEnter: () => openTexts('rooms'),
    meta: { titleKey: 'proposal.title' },
  },
];
