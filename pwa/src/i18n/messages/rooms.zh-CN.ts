import type { Texts } from './by-room';

/** The other rooms of the phone, fetched with the first of them; the service worker has the file before. */
export default import.meta.glob<Texts>(
  '../locales/zh-CN/{agreement,change,handover,stepup,passkeys,order,visit.count,today.locked,today.changes,card,reveal,queue,driver,proposal,day.end,day.kpi,day.more,record,notices,field,review}.json',
  { eager: true, import: 'default' },
);
