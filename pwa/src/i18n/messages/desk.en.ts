import type { Texts } from './by-room';

/** The rooms of the desk, fetched when somebody opens it. */
export default import.meta.glob<Texts>(
  '../locales/en/{desk,imports,routes,board,kpis,live,people,roster,cases,rights,inbox,sheets,gallery,audit,alerts,exports,requests,secrecy,agreements,departures,handover,closing,retention,warnings,announcements,notices,tasks,review}.json',
  { eager: true, import: 'default' },
);
