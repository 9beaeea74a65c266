import type { RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

/** The gallery's page, apart from the start: a phone never fetches the list of its files. */
export const galleryRooms: RouteRecord[] = [
  {
    path: '/gallery',
    name: 'gallery',
    component: () => import('./GalleryPage.vue'),
    beforeEnter: () => openTexts('desk'),
    meta: { titleKey: 'gallery.title', layout: 'desk', open: true },
  },
];
