import { nearDuplicates, type Neighbour } from '@/domain/nearDuplicate';
import type { Position } from '@/domain/distance';
import { positionOf } from '@/features/today/agenda';
import type { Daybook, OwnOperation } from '@/storage';

/** An outlet that the phone knows. `id`: null for one that this phone has proposed itself. */
export interface KnownOutlet extends Position {
  readonly id: number | null;
  readonly proposalId: string | null;
  readonly name: string;
  readonly address: string;
}

export type NearOutlet = Neighbour<KnownOutlet>;

/** Every outlet with a position on this phone: the day's cards, the other outlets of the routes, own proposals. */
export function knownOutlets(
  book: Daybook | null,
  proposals: readonly OwnOperation<'outlet.propose'>[],
): KnownOutlet[] {
  const cards = [...(book?.cards.values() ?? [])];
  const index = (book?.index ?? []).filter(({ id }) => !book?.cards.has(id));
  const lent = [...cards, ...index].map((outlet) => ({ ...outlet, proposalId: null }));
  const own = proposals.map(({ body }) => ({ ...body, id: null, proposalId: body.proposal_id }));
  return [...lent, ...own].flatMap(({ id, proposalId, name, address, ...place }) => {
    const position = positionOf(place);
    return position ? [{ id, proposalId, name, address, ...position }] : [];
  });
}

/** The name in either language may be the one that is known. */
export function lookAlikes(
  name: string,
  position: Position | null,
  known: readonly KnownOutlet[],
): NearOutlet[] {
  if (!position || name.trim() === '') return [];
  return nearDuplicates(name, position, known).slice(0, 5);
}
