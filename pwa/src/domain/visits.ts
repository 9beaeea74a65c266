import { isAdjusted } from './clock';
import { MAX_SUM, wholeNumber } from './quantity';

/** Metres from the outlet above which a check-in is far, where the fix is good enough to say so. */
export const FAR_M = 200;
export const POOR_ACCURACY_M = 100;
export const SHORT_VISIT_S = 60;
export const COPIED_PERCENT = 80;
/** Below five counted lines a share of lines says nothing. */
export const COPIED_LEAST_LINES = 5;

/** What the phone noted around a visit; null where it could not know. */
export interface VisitEvidence {
  /** Metres from the check-in to the outlet. */
  readonly distanceM: number | null;
  /** Metres; null without a fix. */
  readonly accuracyM: number | null;
  readonly durationS: number | null;
  readonly linesCounted: number;
  /** Lines answered with "same as last" in place of a figure. */
  readonly linesSame: number;
  readonly offsetMs: number | null;
  readonly planned: boolean;
  readonly assigned: boolean;
}

export type VisitFlag =
  | 'far_check_in'
  | 'no_fix'
  | 'poor_fix'
  | 'short_visit'
  | 'copied_count'
  | 'clock_adjusted'
  | 'unplanned'
  | 'outside_assignment';

/** What a person may want to look at later. Nothing here refuses or changes a visit. */
export function visitFlags(evidence: VisitEvidence): VisitFlag[] {
  const { distanceM, accuracyM, durationS, linesCounted, linesSame } = evidence;
  const shown: [VisitFlag, boolean][] = [
    ['far_check_in', distanceM !== null && distanceM > FAR_M && distanceM > (accuracyM ?? 0)],
    ['no_fix', accuracyM === null],
    ['poor_fix', accuracyM !== null && accuracyM > POOR_ACCURACY_M],
    ['short_visit', durationS !== null && durationS < SHORT_VISIT_S],
    ['copied_count', linesCounted >= COPIED_LEAST_LINES && linesSame * 100 >= linesCounted * COPIED_PERCENT],
    ['clock_adjusted', isAdjusted(evidence.offsetMs)],
    ['unplanned', !evidence.planned],
    ['outside_assignment', !evidence.assigned],
  ];
  return shown.filter(([, is]) => is).map(([flag]) => flag);
}

export type JumpKind = 'grew' | 'dropped';

/** Pieces. `lastCount` null: none; `delivered` null: nothing. */
export interface CountInput {
  readonly lastCount: number | null;
  readonly delivered: number | null;
  readonly count: number;
  readonly pack: number;
}

export const JUMP_PACKS = 3;
export const JUMP_PERCENT = 80;

/**
 * Whether a count is so far from the last one that the rep is asked about it, once. `grew`: more than was
 * counted and delivered. `dropped`: fell by more than three packs and by more than 80 % of what was there.
 * Throws DomainError.
 */
export function jump(input: CountInput): JumpKind | null {
  const last = input.lastCount === null ? null : wholeNumber('last_count', input.lastCount, 0, MAX_SUM);
  const delivered = input.delivered === null ? 0 : wholeNumber('delivered', input.delivered, 0, MAX_SUM);
  const count = wholeNumber('count', input.count, 0, MAX_SUM);
  const pack = wholeNumber('pack', input.pack, 1, MAX_SUM);
  if (last === null) return null;
  const available = last + delivered;
  if (count > available) return 'grew';
  const drop = available - count;
  return drop > JUMP_PACKS * pack && drop * 100 > available * JUMP_PERCENT ? 'dropped' : null;
}

export function isJump(input: CountInput): boolean {
  return jump(input) !== null;
}
