import { shallowRef } from 'vue';
import { SessionSchema, type Session } from '@/api';
import { AgreementSchema } from '@/features/agreement/schemas';
import { useNavigation, type Destination } from '@/features/shell/navigation';
import { setCurrency } from '@/i18n/format';
import { ask } from './ask';

/** Which roles see which place (the server decides what they may do: server/domain/permission.py). */
const places: readonly (Destination & { roles: readonly string[] })[] = [
  {
    href: '/desk/routes',
    label: 'routes.title',
    icon: 'route',
    roles: ['supervisor', 'manager', 'custodian', 'administrator'],
  },
  {
    href: '/desk/live',
    label: 'live.title',
    icon: 'clock',
    roles: ['supervisor', 'manager', 'administrator'],
  },
  {
    href: '/desk/roster',
    label: 'roster.title',
    icon: 'table',
    roles: ['supervisor', 'manager', 'custodian', 'administrator'],
  },
  { href: '/desk/plans', label: 'board.title', icon: 'calendar', roles: ['supervisor', 'manager'] },
  {
    href: '/desk/kpis',
    label: 'kpis.title',
    icon: 'chart',
    roles: ['supervisor', 'manager', 'administrator'],
  },
  {
    href: '/desk/load-sheets',
    label: 'sheets.title',
    icon: 'truck',
    roles: ['driver', 'supervisor', 'manager', 'administrator'],
  },
  {
    href: '/desk/inbox',
    label: 'inbox.title',
    icon: 'inbox',
    roles: ['supervisor', 'manager', 'administrator'],
  },
  {
    href: '/desk/cases',
    label: 'cases.title',
    icon: 'note',
    roles: ['supervisor', 'manager', 'administrator'],
  },
  {
    href: '/desk/tasks',
    label: 'tasks.title',
    icon: 'check-circle',
    roles: ['supervisor', 'manager', 'administrator'],
  },
  { href: '/desk/requests', label: 'requests.title', icon: 'store', roles: ['custodian'] },
  { href: '/desk/proposals', label: 'inbox.proposals', icon: 'store', roles: ['administrator'] },
  {
    href: '/desk/exports',
    label: 'exports.title',
    icon: 'download',
    roles: ['supervisor', 'manager', 'custodian', 'auditor'],
  },
  { href: '/desk/secrecy', label: 'secrecy.title', icon: 'lock', roles: ['manager', 'custodian'] },
  {
    href: '/desk/agreements',
    label: 'agreements.title',
    icon: 'note',
    roles: ['manager', 'custodian', 'auditor'],
  },
  { href: '/desk/imports', label: 'imports.title', icon: 'upload', roles: ['custodian', 'administrator'] },
  {
    href: '/desk/people',
    label: 'people.title',
    icon: 'people',
    roles: ['supervisor', 'manager', 'administrator'],
  },
  {
    href: '/desk/departures',
    label: 'departures.title',
    icon: 'handshake',
    roles: ['supervisor', 'manager', 'auditor', 'administrator'],
  },
  { href: '/desk/retention', label: 'retention.title', icon: 'chart', roles: ['supervisor', 'manager'] },
  { href: '/desk/warnings', label: 'warnings.title', icon: 'eye', roles: ['manager'] },
  {
    href: '/desk/devices',
    label: 'rights.device.title',
    icon: 'phone',
    roles: ['supervisor', 'manager', 'administrator'],
  },
  {
    href: '/desk/rights',
    label: 'rights.title',
    icon: 'check-circle',
    roles: ['supervisor', 'manager', 'administrator', 'auditor'],
  },
  {
    href: '/desk/alerts',
    label: 'alerts.title',
    icon: 'alert',
    roles: ['supervisor', 'manager', 'auditor', 'administrator'],
  },
  {
    href: '/desk/announcements',
    label: 'announcements.title',
    icon: 'note',
    roles: ['supervisor', 'manager', 'auditor', 'administrator'],
  },
  { href: '/desk/openings', label: 'alerts.more', icon: 'phone', roles: ['supervisor', 'manager'] },
  { href: '/desk/audit', label: 'audit.title', icon: 'list', roles: ['auditor'] },
  {
    href: '/settings',
    label: 'shell.settings',
    icon: 'settings',
    roles: ['supervisor', 'manager', 'custodian', 'administrator', 'auditor'],
  },
];

export const deskSession = shallowRef<Session | null>(null);

/** Who sits at the desk, asked once a load; false when nobody is signed in. */
export async function openDesk(): Promise<boolean> {
  const answer = await ask(SessionSchema, 'GET', '/session');
  if (!answer.ok) return answer.status !== 401;
  deskSession.value = answer.data;
  setCurrency(answer.data.currency);
  const held = new Set(answer.data.person.roles);
  useNavigation().desk.value = places.filter((place) => place.roles.some((role) => held.has(role)));
  return true;
}

let hasAccepted = false;

/** Whether the confidentiality agreement stands between this person and the desk; asked until it does not. */
export async function hasToAccept(): Promise<boolean> {
  if (hasAccepted) return false;
  const answer = await ask(AgreementSchema, 'GET', '/agreement');
  // Without an answer the pages say themselves what they cannot show.
  hasAccepted = answer.ok && !answer.data.needed;
  return answer.ok && answer.data.needed;
}

/** Where the desk begins for this person. */
export function firstPlace(): string {
  return useNavigation().desk.value[0]?.href ?? '/settings';
}

export function holds(...roles: string[]): boolean {
  return roles.some((role) => deskSession.value?.person.roles.includes(role));
}
