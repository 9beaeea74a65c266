import type { RouteLocation, RouteRecord } from '@/router';
import { openTexts } from '@/i18n';

/** The desk's door: its texts, who sits there, and back to sign-in for nobody. All behind one dynamic import. */
async function door(to: RouteLocation) {
  const [{ firstPlace, hasToAccept, openDesk }] = await Promise.all([import('./access'), openTexts('desk')]);
  if (!(await openDesk())) return { path: '/signin', query: { next: to.fullPath } };
  if (await hasToAccept()) return { path: '/agreement', query: { next: to.fullPath } };
  return to.path === '/desk' ? firstPlace() : true;
}

const meta = { layout: 'desk' } as const;

export const deskRooms: RouteRecord[] = [
  { path: '/desk', name: 'desk', component: () => import('./DeskEmpty.vue'), beforeEnter: door, meta },
  {
    path: '/desk/imports',
    name: 'imports',
    component: () => import('@/features/imports/ImportsPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'imports.title' },
  },
  {
    path: '/desk/imports/:id(\\d+)',
    name: 'import',
    component: () => import('@/features/imports/ImportPage.vue'),
    props: (to) => ({ id: Number(to.params['id']) }),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'imports.preview' },
  },
  {
    path: '/desk/routes',
    name: 'routes',
    component: () => import('@/features/routes/RoutesPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'routes.title' },
  },
  {
    path: '/desk/routes/draft',
    name: 'routes-draft',
    component: () => import('@/features/routes/DraftPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'routes.draft' },
  },
  {
    path: '/desk/routes/:id(\\d+)',
    name: 'route',
    component: () => import('@/features/routes/RoutePage.vue'),
    props: (to) => ({ id: Number(to.params['id']) }),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'routes.title' },
  },
  {
    path: '/desk/plans',
    name: 'plans',
    component: () => import('@/features/board/PlansPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'board.title' },
  },
  {
    path: '/desk/plans/:id(\\d+)',
    name: 'board',
    component: () => import('@/features/board/BoardPage.vue'),
    props: (to) => ({ id: Number(to.params['id']) }),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'board.title' },
  },
  {
    path: '/desk/live',
    name: 'live',
    component: () => import('@/features/live/LivePage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'live.title' },
  },
  {
    path: '/desk/live/people/:id(\\d+)',
    name: 'live-day',
    component: () => import('@/features/live/DayPage.vue'),
    props: (to) => ({ id: Number(to.params['id']) }),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'live.day' },
  },
  {
    path: '/desk/kpis',
    name: 'kpis',
    component: () => import('@/features/kpis/KpisPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'kpis.title' },
  },
  {
    path: '/desk/people',
    name: 'people',
    component: () => import('@/features/people/PeoplePage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'people.title' },
  },
  {
    path: '/desk/departures',
    name: 'departures',
    component: () => import('@/features/departures/DeparturesPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'departures.title' },
  },
  {
    path: '/desk/departures/:id(\\d+)',
    name: 'departure',
    component: () => import('@/features/departures/DeparturePage.vue'),
    props: (to) => ({ id: Number(to.params['id']) }),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'departures.title' },
  },
  {
    path: '/desk/retention',
    name: 'retention',
    component: () => import('@/features/retention/RetentionPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'retention.title' },
  },
  {
    path: '/desk/retention/:id(\\d+)',
    name: 'retention-case',
    component: () => import('@/features/retention/WatchedCasePage.vue'),
    props: (to) => ({ id: Number(to.params['id']) }),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'retention.title' },
  },
  {
    path: '/desk/warnings',
    name: 'warnings',
    component: () => import('@/features/warnings/WarningsPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'warnings.title' },
  },
  {
    path: '/desk/roster',
    name: 'roster',
    component: () => import('@/features/people/RosterPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'roster.title' },
  },
  {
    path: '/desk/cases',
    name: 'cases',
    component: () => import('@/features/cases/CasesPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'cases.title' },
  },
  {
    path: '/desk/tasks',
    name: 'desk-tasks',
    component: () => import('@/features/tasks/TasksPage.vue'),
    beforeEnter: async (to) => {
      // The kinds and outcomes of tasks have their words on the phone.
      const [, way] = await Promise.all([openTexts('rooms'), door(to)]);
      return way;
    },
    meta: { ...meta, titleKey: 'tasks.title' },
  },
  {
    path: '/desk/devices',
    name: 'devices',
    component: () => import('@/features/people/DevicesPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'rights.device.title' },
  },
  {
    path: '/desk/rights',
    name: 'rights',
    component: () => import('@/features/people/RightsPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'rights.title' },
  },
  {
    path: '/desk/inbox',
    name: 'inbox',
    component: () => import('@/features/inbox/InboxPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'inbox.title' },
  },
  {
    path: '/desk/proposals',
    name: 'proposals',
    component: () => import('@/features/inbox/ProposalsPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'inbox.proposals' },
  },
  {
    path: '/desk/requests',
    name: 'requests',
    component: () => import('@/features/requests/RequestsPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'requests.title' },
  },
  {
    path: '/desk/exports',
    name: 'exports',
    component: () => import('@/features/exports/ExportsPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'exports.title' },
  },
  {
    path: '/desk/secrecy',
    name: 'secrecy',
    component: () => import('@/features/secrecy/SecrecyPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'secrecy.title' },
  },
  {
    path: '/desk/agreements',
    name: 'agreements',
    component: () => import('@/features/agreements/AgreementsPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'agreements.title' },
  },
  {
    path: '/desk/alerts',
    name: 'alerts',
    component: () => import('@/features/alerts/AlertsPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'alerts.title' },
  },
  {
    path: '/desk/announcements',
    name: 'announcements',
    component: () => import('@/features/announcements/AnnouncementsPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'announcements.title' },
  },
  {
    path: '/desk/notices',
    name: 'desk-notices',
    component: () => import('@/features/notices/DeskNoticesPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'notices.title' },
  },
  {
    path: '/desk/openings',
    name: 'openings',
    component: () => import('@/features/alerts/OpeningRequestsPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'alerts.more' },
  },
  {
    path: '/desk/audit',
    name: 'audit',
    component: () => import('@/features/audit/AuditPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'audit.title' },
  },
  {
    path: '/desk/audit/people/:id(\\d+)',
    name: 'audit-openings',
    component: () => import('@/features/audit/OpeningsPage.vue'),
    props: (to) => ({ id: Number(to.params['id']) }),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'audit.openings' },
  },
  {
    path: '/desk/load-sheets',
    name: 'load-sheets',
    component: () => import('@/features/sheets/LoadSheetsPage.vue'),
    beforeEnter: door,
    meta: { ...meta, titleKey: 'sheets.title' },
  },
];
