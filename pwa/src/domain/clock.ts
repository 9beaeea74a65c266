/** The phone's clock, and how far it is believed. Instants are milliseconds since 1970 in UTC. */

let source: () => number = () => Date.now();

/** The phone's time. Everything in the app that wants a time takes it from here. */
export function now(): number {
  return source();
}

/** Runs the app on another clock (tests, the demo's set time); null puts the phone's own back. */
export function setClock(clock: (() => number) | null): void {
  source = clock ?? (() => Date.now());
}

/** A phone whose clock is more than two minutes off has its times flagged. */
export const ADJUSTED_AFTER_MS = 120_000;

/** Server time minus phone time, from an answer: the server looked at its clock about midway between the two.
 * */
export function offsetFrom(serverTime: number, sentAt: number, receivedAt: number): number {
  return Math.round(serverTime - (sentAt + receivedAt) / 2);
}

/** The server's time of what was noted at `capturedAt` by the phone's clock; a never known offset changes
 * nothing. */
export function corrected(capturedAt: number, offsetMs: number | null): number {
  return capturedAt + (offsetMs ?? 0);
}

export function isAdjusted(offsetMs: number | null): boolean {
  return offsetMs !== null && Math.abs(offsetMs) > ADJUSTED_AFTER_MS;
}

const DAY_MS = 86_400_000;

/**
 * Whether the phone's date cannot be true: more than a day before the app was built (a phone that woke up in
 * 1970), or more than ten years after. Certificates are then refused and nothing can be sent; capture goes
 * on.
 */
export function dateLooksWrong(time: number, buildTime: number): boolean {
  return !(time >= buildTime - DAY_MS && time <= buildTime + 3653 * DAY_MS);
}
