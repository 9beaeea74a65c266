export {
  changeLocale,
  currentSession,
  examine,
  isBookLocked,
  lockState,
  onReached,
  readDaybook,
  signIn,
  signInBy,
  signOut,
  startSync,
  syncNow,
  unlocked,
} from './phone';
export { labelOf } from './session';
export { useDaybook, useSession, useStopped, useStorageHealth, useSync } from './use';
export type { BookState } from './book';
export type { SyncState, SyncStatus } from './status';
export type { StorageHealth, Unfit } from '@/storage/fitness';
