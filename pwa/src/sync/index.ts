export {
  changeLocale,
  currentSession,
  examine,
  isBookLocked,
  onReached,
  readDaybook,
  signIn,
  signOut,
  startSync,
  syncNow,
} from './phone';
export { useDaybook, useSession, useStorageHealth, useSync } from './use';
export type { BookState } from './book';
export type { SyncState, SyncStatus } from './status';
export type { StorageHealth, Unfit } from '@/storage/fitness';
