import type { RouteRecordRaw } from 'vue-router';
import SignInPage from './SignInPage.vue';

export const signInRoutes: RouteRecordRaw[] = [
  {
    path: '/signin',
    name: 'sign-in',
    component: SignInPage,
    meta: { titleKey: 'signin.title', open: true, layout: 'bare' },
  },
];
