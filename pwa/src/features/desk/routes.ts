import type { RouteRecord } from '@/router';

/** One address for all of the desk: a phone never fetches the list of its pages. */
export const deskRoutes: RouteRecord[] = [
  { path: '/desk/:rest(.*)?', more: async () => (await import('./rooms')).deskRooms },
];
