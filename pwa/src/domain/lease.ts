import { DomainError } from './problem';

export type LeaseState = 'open' | 'ended' | 'clock_behind';

/** Milliseconds since 1970; open from `from` up to, not at, `until`. */
export interface Lease {
  readonly from: number;
  readonly until: number;
}

/** A clock may fall back this far behind the high-water mark: phones correct themselves by seconds all day.
 * */
export const CLOCK_TOLERANCE_MS = 300_000;

/**
 * `ended` once the clock or the latest time ever seen has reached the end: a clock set forward ends a lease
 * early and setting it back does not open it again. Else `clock_behind` when the clock is more than five
 * minutes below that mark: locked until the phone has been online. Reading depends on it, writing never does.
 */
export function leaseState(lease: Lease, now: number, highWater: number): LeaseState {
  const { from, until } = lease;
  for (const [field, instant] of Object.entries({ from, until, now, highWater })) {
    if (!Number.isFinite(instant)) throw new DomainError(field, 'instant');
  }
  if (lease.from > lease.until) throw new DomainError('lease_from', 'not_after', { limit: 'lease_until' });
  if (Math.max(now, highWater) >= lease.until) return 'ended';
  return now < Math.max(highWater, lease.from) - CLOCK_TOLERANCE_MS ? 'clock_behind' : 'open';
}

/** The mark after another look at the clock. Only the server's word (`serverTime`) may lower it. */
export function raisedHighWater(highWater: number, now: number, serverTime: number | null = null): number {
  return serverTime ?? Math.max(highWater, now);
}

/**
 * The time by which a phone judges its lease. A clock that the server has found to be behind is put right, so that a slow
 * phone can work once it has been online; one that is ahead is believed, so that no lease lasts longer for it.
 */
export function judgedTime(now: number, offsetMs: number | null): number {
  return now + Math.max(0, offsetMs ?? 0);
}
