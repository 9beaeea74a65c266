import type { Texts } from './by-room';

/** Setting up how to unlock, and unlocking. */
export default import.meta.glob<Texts>('../locales/en/lock.json', { eager: true, import: 'default' });
