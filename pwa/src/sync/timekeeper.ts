import type { Success } from '@/api';
import { dateLooksWrong, offsetFrom } from '@/domain/clock';
import { raisedHighWater } from '@/domain/lease';
import type { Outbox } from '@/storage/outbox';

/** A clock set back by more than this while the app is open makes the known offset worthless. */
const jumpMs = 120_000;
/** What a date at the head of an answer may be wrong by and still say nothing new. */
const roughMs = 5_000;

export interface Timekeeper {
  /** The server said what time it is. */
  heard(serverTime: string, answer: Pick<Success, 'sentAt' | 'receivedAt'>): Promise<void>;
  /** An answer without a time in it still has a date at its head, to the second. */
  heardRoughly(answer: Pick<Success, 'sentAt' | 'receivedAt' | 'headers'>): Promise<void>;
  /** Looks at the clock: the high-water mark rises, a jump back is noticed. */
  tick(): Promise<void>;
  /** The phone's date cannot be true (A17). */
  dateWrong(): boolean;
}

export interface TimekeeperParts {
  outbox: Outbox;
  now: () => number;
  /** A clock that nobody can set (performance.now). */
  monotonic: () => number;
  buildTime: number;
}

/**
 * Keeps what is known of the time. A jump back is certain. A jump forward is not: phones stop the monotonic clock
 * while they sleep, so it only raises the high-water mark.
 */
export function createTimekeeper({ outbox, now, monotonic, buildTime }: TimekeeperParts): Timekeeper {
  let last = { wall: now(), steady: monotonic() };

  return {
    async heard(serverTime, { sentAt, receivedAt }) {
      const instant = Date.parse(serverTime);
      const offset = offsetFrom(instant, sentAt, receivedAt);
      last = { wall: now(), steady: monotonic() };
      await outbox.changeMeta((meta) => ({
        clockOffset: offset,
        highWater: raisedHighWater(meta.highWater, receivedAt, instant),
      }));
    },
    async heardRoughly(answer) {
      const instant = Date.parse(answer.headers.get('Date') ?? '') + 500;
      if (!Number.isFinite(instant)) return;
      const { clockOffset, highWater } = await outbox.meta();
      const off = offsetFrom(instant, answer.sentAt, answer.receivedAt);
      const isNews = clockOffset === null || Math.abs(clockOffset - off) > roughMs;
      if (!isNews && highWater <= instant + roughMs) return;
      await outbox.changeMeta((meta) => ({
        highWater: raisedHighWater(meta.highWater, answer.receivedAt, instant),
        ...(isNews ? { clockOffset: off } : {}),
      }));
    },
    async tick() {
      const look = { wall: now(), steady: monotonic() };
      const jumpedBack = look.wall - last.wall < look.steady - last.steady - jumpMs;
      last = look;
      await outbox.changeMeta((meta) => ({
        highWater: raisedHighWater(meta.highWater, look.wall),
        ...(jumpedBack ? { clockOffset: null } : {}),
      }));
    },
    dateWrong: () => dateLooksWrong(now(), buildTime),
  };
}
