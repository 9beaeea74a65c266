import { shallowRef } from 'vue';
import { SessionSchema, type Session } from '@/api';
import { useNavigation, type Destination } from '@/features/shell/navigation';
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
  { href: '/desk/proposals', label: 'inbox.proposals', icon: 'store', roles: ['custodian', 'administrator'] },
  { href: '/desk/imports', label: 'imports.title', icon: 'upload', roles: ['custodian', 'administrator'] },
  {
    href: '/desk/people',
    label: 'people.title',
    icon: 'people',
    roles: ['supervisor', 'manager', 'administrator'],
  },
  {
    href: '/desk/alerts',
    label: 'alerts.title',
    icon: 'alert',
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
  const held = new Set(answer.data.person.roles);
  useNavigation().desk.value = places.filter((place) => place.roles.some((role) => held.has(role)));
  return true;
}

/** Where the desk begins for this person. */
export function firstPlace(): string {
  return useNavigation().desk.value[0]?.href ?? '/settings';
}

export function holds(...roles: string[]): boolean {
  return roles.some((role) => deskSession.value?.person.roles.includes(role));
}
