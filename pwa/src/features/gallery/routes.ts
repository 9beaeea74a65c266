import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

/** Every component in each of its states. In development and demonstrations only (ROUTEBOOK_GALLERY=0 leaves it out). */
export const galleryRoutes: RouteRecord[] = [
  {
    path: '/gallery',
    name: 'gallery',
    component: () => import('./GalleryPage.vue'),
    beforeEnter: () => openTexts('desk'),
    meta: { titleKey: 'gallery.title', layout: 'desk', open: true },
  },
];
