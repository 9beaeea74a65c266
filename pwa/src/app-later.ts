import type { RouteRecord } from '@/router';
import { fieldRoutes } from '@/features/field/routes';
import { handoverRoutes } from '@/features/handover/routes';
import { noticeRoutes } from '@/features/notices/routes';

/** The phone's rooms beside a rep's way through the day: behind one door, so that the start does not carry their list. */
export const laterRoutes: RouteRecord[] = [...noticeRoutes, ...fieldRoutes, ...handoverRoutes];
