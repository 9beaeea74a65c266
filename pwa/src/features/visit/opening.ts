import { v7 } from 'uuid';
import type { Brand, Manifest } from '@/api';
import { now } from '@/domain/clock';
import { businessDate, type Day } from '@/domain/journeyPlan';
import type { Daybook } from '@/storage/daybook';
import type { Outbox } from '@/storage/outbox';
import { ownOperations, visitsNotInBook } from '@/storage/own';
import { draftSchema, newDraft, type VisitDraft } from './draft';
import { factsOfCard, factsOfProposal, type OutletFacts } from './facts';
import { ownKnowledge } from './own-visits';
import type { VisitSetting } from './record';

/** Where a visit gets what it knows and keeps what it is told. */
export interface VisitSources {
  readonly outbox: Outbox;
  readonly readBook: () => Promise<Daybook | null>;
}

/** What was tapped: a store of the book, or one that this phone has proposed. */
export interface Wanted {
  readonly outletId: number | null;
  readonly proposalId: string | null;
  readonly unplanned: boolean;
  readonly reason: string;
  /** Visit once more though it was visited today. */
  readonly again: boolean;
}

export interface OpenedVisit {
  readonly state: 'open';
  readonly draft: VisitDraft;
  readonly setting: VisitSetting;
  readonly brands: readonly Brand[];
  readonly timezone: string;
  /** It goes on where it was interrupted. */
  readonly resumed: boolean;
}

export type Opened =
  | OpenedVisit
  /** No book of today on the phone, or this outlet is not in it. */
  | { readonly state: 'no_book' | 'no_card' }
  /** Who serves notice hands stores over and visits none. */
  | { readonly state: 'on_notice' }
  | { readonly state: 'visited'; readonly at: string; readonly timezone: string };

export function draftKey(wanted: Pick<Wanted, 'outletId' | 'proposalId'>): string {
  return `visit:${wanted.outletId ?? wanted.proposalId ?? ''}`;
}

/** Opens a visit or goes on with it. The check-in is the moment of the first opening. */
export async function openVisit(sources: VisitSources, wanted: Wanted): Promise<Opened> {
  const book = await sources.readBook();
  if (!book?.catalogue) return { state: 'no_book' };
  const { manifest, catalogue } = book;
  const today = businessDate(now(), manifest.timezone);
  const facts = await factsOf(sources, wanted, book, today);
  if (!facts) return { state: 'no_card' };
  const setting: VisitSetting = {
    template: catalogue.template,
    facts,
    factor: catalogue.suggestion_factor,
    today,
    cycleAnchor: manifest.cycle_anchor,
    holidays: manifest.holidays,
  };
  const rest = { state: 'open', setting, brands: catalogue.brands, timezone: manifest.timezone } as const;
  const stored = await sources.outbox.loadDraft(draftKey(wanted), draftSchema);
  if (stored) return { ...rest, draft: stored, resumed: true };
  if (manifest.notice) return { state: 'on_notice' };
  const earlier = wanted.again ? null : await visitedAt(sources.outbox, wanted, today, manifest);
  if (earlier) return { state: 'visited', at: earlier, timezone: manifest.timezone };
  const planned = !wanted.unplanned && manifest.stops.some((stop) => stop.outlet_id === wanted.outletId);
  const draft = newDraft(catalogue.template, {
    visitId: v7(),
    operationId: v7(),
    orderId: v7(),
    outletId: wanted.outletId,
    proposalId: wanted.proposalId,
    planned,
    unplannedReason: planned ? '' : wanted.reason,
    at: new Date(now()).toISOString(),
    toCount: facts.skus.filter((sku) => sku.listed).map((sku) => sku.id),
    prepared: (await todays(sources.outbox, 'day.start', today, manifest.timezone)).length > 0,
  });
  return { ...rest, draft, resumed: false };
}

async function factsOf(
  { outbox }: VisitSources,
  wanted: Wanted,
  { manifest, cards, catalogue }: Daybook,
  today: Day,
): Promise<OutletFacts | null> {
  if (!catalogue) return null;
  if (wanted.outletId !== null) {
    const card = cards.get(wanted.outletId);
    if (!card) return null;
    const visits = await visitsNotInBook(outbox, manifest.server_seq, now(), wanted.outletId);
    const own = ownKnowledge(bodies(visits), card, manifest.timezone);
    return factsOfCard(card, catalogue, manifest, today, own);
  }
  const proposals = await ownOperations(outbox, 'outlet.propose');
  const proposal = proposals.find(({ body }) => body.proposal_id === wanted.proposalId)?.body;
  if (!proposal) return null;
  const visits = await visitsNotInBook(outbox, manifest.server_seq, now());
  const here = bodies(visits).filter(({ proposal_id }) => proposal_id === wanted.proposalId);
  const { latitude, longitude } = proposal;
  const position = latitude === null || longitude === null ? null : { latitude, longitude };
  return factsOfProposal(
    { proposalId: proposal.proposal_id, name: proposal.name, outletClass: proposal.outlet_class, position },
    catalogue,
    manifest,
    today,
    ownKnowledge(here, null, manifest.timezone),
  );
}

function bodies<T>(operations: readonly { readonly body: T }[]): T[] {
  return operations.map(({ body }) => body);
}

/** When this outlet was visited today, by this person, as this phone knows; null when it was not. */
async function visitedAt(
  outbox: Outbox,
  wanted: Wanted,
  today: Day,
  { timezone }: Manifest,
): Promise<string | null> {
  const visits = await todays(outbox, 'visit.record', today, timezone);
  const here = visits.filter(
    ({ body }) => body.outlet_id === wanted.outletId && body.proposal_id === wanted.proposalId,
  );
  return here.at(-1)?.body.in.at ?? null;
}

async function todays<K extends 'day.start' | 'visit.record'>(
  outbox: Outbox,
  kind: K,
  today: Day,
  timezone: string,
) {
  const recent = await ownOperations(outbox, kind, { since: now() - 36 * 3_600_000 });
  return recent.filter((operation) => businessDate(Date.parse(operation.capturedAt), timezone) === today);
}
