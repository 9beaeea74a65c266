import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';
import SignInPage from './SignInPage.vue';

const rooms = () => openTexts('rooms');

export const signInRoutes: RouteRecord[] = [
  {
    path: '/signin',
    name: 'sign-in',
    component: SignInPage,
    meta: { titleKey: 'signin.title', open: true, layout: 'bare' },
  },
  {
    path: '/recover',
    name: 'recover',
    component: () => import('./RecoverPage.vue'),
    beforeEnter: rooms,
    meta: { titleKey: 'passkeys.recover.title', open: true, layout: 'bare' },
  },
  {
    path: '/passkeys',
    name: 'passkeys',
    component: () => import('./PasskeysPage.vue'),
    beforeEnter: rooms,
    meta: { titleKey: 'passkeys.title' },
  },
];
