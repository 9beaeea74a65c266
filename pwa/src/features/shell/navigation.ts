import { shallowRef } from 'vue';
import type { IconName } from '@/ui/icons';

/** One place to go to, in the tabs of the phone or the rail of the desk. `label` is a text key. */
export interface Destination {
  href: string;
  label: string;
  icon: IconName;
  badge?: number | string;
}

const phone = shallowRef<readonly Destination[]>([]);
const desk = shallowRef<readonly Destination[]>([]);

/** Who signs in decides where they can go: the sign-in room fills this. Without destinations there are no tabs. */
export function useNavigation() {
  return { phone, desk };
}

/** `/routes/7` is inside `/routes`; `/today` is not inside `/to`. */
export function isInside(path: string, href: string): boolean {
  return path === href || path.startsWith(`${href}/`);
}
