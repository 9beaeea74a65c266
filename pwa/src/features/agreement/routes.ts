import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

export const agreementRoutes: RouteRecord[] = [
  {
    path: '/agreement',
    name: 'agreement',
    component: () => import('./AgreementPage.vue'),
    beforeEnter: () => openTexts('rooms'),
    // Before the book is unlocked, and for people who have none.
    meta: { titleKey: 'agreement.title', shut: true },
  },
];
