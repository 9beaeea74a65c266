import type { RouteRecord } from '@/router';
import SignInPage from './SignInPage.vue';

export const signInRoutes: RouteRecord[] = [
  {
    path: '/signin',
    name: 'sign-in',
    component: SignInPage,
    meta: { titleKey: 'signin.title', open: true, layout: 'bare' },
  },
];
