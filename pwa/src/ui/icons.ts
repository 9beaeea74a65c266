import { shallowRef } from 'vue';
import type { MoreIcons } from './moreIcons';

/**
 * Our icons: strokes on a 24 × 24 grid, two units wide with round ends. One entry is the `d` of one path;
 * a dot is a line of no length.
 */
export const icons = {
  alert: 'M12 3.5 2.5 20h19zM12 10v4.5M12 17.2v.01',
  backspace: 'M8.5 5H21v14H8.5L2.5 12zM12 9.5l5 5M17 9.5l-5 5',
  book: 'M5 19.5V5a2 2 0 0 1 2-2h12v15H7a2 2 0 0 0-2 1.7 2 2 0 0 0 2 1.8h12',
  box: 'M12 2.8 20.5 7v10L12 21.2 3.5 17V7zM3.8 7.2 12 11.4l8.2-4.2M12 11.4V21M8 5l8.3 4.2',
  calendar: 'M4 5.5h16V20H4zM4 10h16M8 3v4M16 3v4',
  camera: 'M3 8h4l2-3h6l2 3h4v11.5H3zM12 17a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7',
  check: 'M4.5 12.5 10 18 20 6.5',
  'check-circle': 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M8 12.2l2.8 2.8L16 9.4',
  'chevron-left': 'm15 5-7 7 7 7',
  'chevron-right': 'm9 5 7 7-7 7',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5.2l3.2 2',
  close: 'M5.5 5.5l13 13M18.5 5.5l-13 13',
  'cloud-check': 'M7 19a4.5 4.5 0 0 1-.5-9A6 6 0 0 1 18 11a4 4 0 0 1 0 8zM9 14l2.2 2.2 4-4.2',
  'cloud-off': 'M8 5.8A6 6 0 0 1 18 11a4 4 0 0 1 2.4 6.9M17 19H7a4.5 4.5 0 0 1-.9-8.9M3 3l18 18',
  'cloud-up': 'M7 18a4.5 4.5 0 0 1-.5-9A6 6 0 0 1 18 10a4 4 0 0 1 .8 7.9M12 20.5V13M9 15.5l3-3 3 3',
  database:
    'M12 9c4.4 0 8-1.3 8-3s-3.6-3-8-3-8 1.3-8 3 3.6 3 8 3M4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3',
  directions: 'M12 2.5 21.5 12 12 21.5 2.5 12zM9 15v-3.5h6M13 9.5l2 2-2 2',
  download: 'M12 4v11M7 10.5l5 5 5-5M4 20h16',
  inbox: 'M3 13 6 4.5h12l3 8.5v6.5H3zM3 13h5l1.5 2.5h5L16 13h5',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 11v5.5M12 7.7v.01',
  list: 'M8.5 6H21M8.5 12H21M8.5 18H21M4 6v.01M4 12v.01M4 18v.01',
  lock: 'M5 11h14v10H5zM8 11V7.5a4 4 0 0 1 8 0V11',
  minus: 'M5 12h14',
  more: 'M5 12v.01M12 12v.01M19 12v.01',
  pencil: 'M4 20v-4L16 4l4 4L8 20zM13 7l4 4',
  person: 'M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20.5a7.5 7.5 0 0 1 15 0',
  phone:
    'M5 3.5h4l1.5 5L8 10.5a12 12 0 0 0 5.5 5.5l2-2.5 5 1.5v4c0 1-.8 1.5-1.5 1.5C11 20 4 13 3.5 5c0-.7.5-1.5 1.5-1.5',
  pin: 'M12 21.5s7-6 7-11.5a7 7 0 1 0-14 0c0 5.5 7 11.5 7 11.5M12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5',
  plus: 'M12 5v14M5 12h14',
  refresh: 'M20 5v5h-5M4 19v-5h5M19.5 10A8 8 0 0 0 5.5 7.5M4.5 14a8 8 0 0 0 14 2.5',
  route:
    'M6 21a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M18 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M8.5 18.5H16a3.3 3.3 0 0 0 0-6.5H8a3.3 3.3 0 0 1 0-6.5h7.5',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M16 16l5 5',
  settings:
    'M4 7h9M19 7h1M4 17h1M11 17h9M16 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M8 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5',
  shelf: 'M4 3v18M20 3v18M4 11h16M4 19h16M8 11V6.5h3V11M14 11V8h2.5v3M8 19v-4.5h4V19',
  skip: 'M5 5.5 14.5 12 5 18.5zM19 5.5v13',
  sort: 'M8 20V4M4 8l4-4 4 4M16 4v16M12 16l4 4 4-4',
  table: 'M3.5 4.5h17v15h-17zM3.5 9.5h17M3.5 14.5h17M9.5 9.5v10',
  trash: 'M4 6.5h16M9 6V3.5h6V6M6 6.5 7 20.5h10l1-14M10 10.5v6M14 10.5v6',
  truck:
    'M2.5 5.5h12V17h-12zM14.5 9.5h4l3 4V17h-7M7 19.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4M17.5 19.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4',
} as const;

export type IconName = keyof typeof icons | keyof MoreIcons;

const more = shallowRef<MoreIcons>();
let isFetching = false;

/**
 * The `d` of an icon. Those that the way to a visit does not show are a file of their own, fetched with the first of them
 * (the service worker has it): until then the place is empty.
 */
export function pathOf(name: IconName): string {
  if (name in icons) return icons[name as keyof typeof icons];
  if (!more.value && !isFetching) void fetchMore();
  return more.value?.[name as keyof MoreIcons] ?? '';
}

async function fetchMore(): Promise<void> {
  isFetching = true;
  try {
    more.value = (await import('./moreIcons')).moreIcons;
  } catch {
    // Only pictures are missing: the next one that is drawn asks again.
  }
  isFetching = false;
}
