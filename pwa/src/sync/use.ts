import { shallowReadonly, shallowRef, type ShallowRef } from 'vue';
import type { Observable } from '@/storage/observable';
import { dismissLost, observables, syncNow, tryAgain, tryPhotoAgain } from './phone';

/** An observable of the phone as a ref: one for the whole app, so that screens come and go without subscribing. */
function follow<T>(source: Observable<T>): Readonly<ShallowRef<T>> {
  const value = shallowRef(source.get());
  source.subscribe((next) => (value.value = next));
  return shallowReadonly(value);
}

const status = follow(observables.status);
const session = follow(observables.session);
const stopped = follow(observables.stopped);
const book = follow(observables.book);
const health = follow(observables.health);
const storage = follow(observables.storage);

/** What is sent, what waits and why, and the deeds of the queue. */
export function useSync() {
  return { status, syncNow, tryAgain, tryPhotoAgain, dismissLost };
}

/** Who is signed in; null: nobody. */
export function useSession() {
  return session;
}

/** Whose access on this phone the company has stopped; null: nobody's. */
export function useStopped() {
  return stopped;
}

/** The lent book, or why there is none. */
export function useDaybook() {
  return book;
}

/** How far this phone's storage can be trusted with a day's work, and whether another tab is in the way. */
export function useStorageHealth() {
  return { health, storage };
}
