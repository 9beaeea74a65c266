export { RouterView } from './RouterView';
export { createRouter, useRoute, useRouter, type Failure, type Router } from './router';
export type { Guard, RouteLocation, RouteMeta, RouteRecord, ScrollBehavior, Target, Verdict } from './types';
