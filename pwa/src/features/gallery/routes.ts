import type { RouteRecord } from '@/router';

/** Every component in each of its states. In development and demonstrations only (ROUTEBOOK_GALLERY=0 leaves it out). */
export const galleryRoutes: RouteRecord[] = [
  { path: '/gallery', more: async () => (await import('./rooms')).galleryRooms },
];
