import type { Texts } from './by-room';

/** What the way from signing in to a visit says, in one file: the first load waits for it. */
export default import.meta.glob<Texts>('../locales/zh-CN/{shell,ui,signin,today,visit,day,errors}.json', {
  eager: true,
  import: 'default',
});
