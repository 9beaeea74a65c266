import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

export const proposalRoutes: RouteRecord[] = [
  {
    path: '/propose',
    name: 'propose',
    component: () => import('./ProposePage.vue'),
    beforeEnter: () => openTexts('rooms'),
    meta: { titleKey: 'proposal.title' },
  },
];
