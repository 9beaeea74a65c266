import { distanceM, isPosition } from './distance';
import type { Position } from './distance';
import { likeness, skeleton, withoutChain } from './names';

export type Duplicate = 'same_name' | 'similar_name';

export const SAME_NAME_M = 150;
export const SIMILAR_NAME_M = 50;
export const SIMILAR_NAME = 0.6;

/**
 * Whether two outlets may be one: `same_name` (one skeleton, within 150 m), `similar_name` (similarity 0.6 or
 * more, within 50 m), else null. An unknown distance is null: a chain's name alone says nothing about two
 * shops.
 */
export function nearDuplicate(a: string, b: string, distance: number | null, chain = ''): Duplicate | null {
  if (distance === null) return null;
  return duplicate(skeleton(a), skeleton(b), distance, skeleton(chain));
}

export interface Neighbour<T> {
  readonly outlet: T;
  readonly kind: Duplicate;
  readonly distance: number;
}

/** Those of the known outlets that a proposed one may be, nearest first. Outlets without a true position are
 * left out. */
export function nearDuplicates<T extends Position & { readonly name: string }>(
  name: string,
  position: Position,
  known: Iterable<T>,
  chain = '',
): Neighbour<T>[] {
  const [looks, chainLooks] = [skeleton(name), skeleton(chain)];
  const found: Neighbour<T>[] = [];
  if (!isPosition(position)) return found;
  for (const outlet of known) {
    if (!isPosition(outlet)) continue;
    const distance = distanceM(position, outlet);
    // Names are compared only where the place allows: a whole index is looked through while the rep types.
    const kind =
      distance <= SAME_NAME_M ? duplicate(looks, skeleton(outlet.name), distance, chainLooks) : null;
    if (kind) found.push({ outlet, kind, distance });
  }
  return found.sort((a, b) => a.distance - b.distance);
}

function duplicate(a: string, b: string, distance: number, chain: string): Duplicate | null {
  if (!(distance <= SAME_NAME_M)) return null;
  if (a !== '' && a === b) return 'same_name';
  const near = distance <= SIMILAR_NAME_M && likeness(...withoutChain(a, b, chain)) >= SIMILAR_NAME;
  return near ? 'similar_name' : null;
}
