import type { Texts } from './by-room';

/** The rooms of the phone in one file: one request, kept by the service worker. */
export default import.meta.glob<Texts>(
  '../locales/en/{shell,ui,signin,today,card,visit,order,day,queue,driver,proposal,errors}.json',
  { eager: true, import: 'default' },
);
