import { safeParse } from 'valibot';
import {
  CardSchema,
  failure,
  ManifestSchema,
  PagesSchema,
  type Card,
  type Failure,
  type Manifest,
  type Pages,
  type RequestFunction,
} from '@/api';
import { noVersions, type BookVersions, type DaybookStore } from '@/storage/daybook';
import type { Outcome } from '@/storage/delivery';
import type { Outbox } from '@/storage/outbox';
import type { LeaseKeys } from '@/storage/vault';
import { lendKey } from './lend-key';
import type { Timekeeper } from './timekeeper';

export interface PullParts {
  outbox: Outbox;
  daybook: DaybookStore;
  keys: LeaseKeys;
  request: RequestFunction;
  now: () => number;
  timekeeper: Timekeeper;
}

export type PullEnd = Failure | 'unchanged' | 'swapped';

const cardsPerRequest = 150;

/**
 * The manifest is the truth: what differs is fetched, what is not listed is deleted, all in one transaction. The
 * manifest's tag is kept only when everything that it lists is here, so that the next pull asks again otherwise.
 */
export async function pull(parts: PullParts, personId: number): Promise<PullEnd> {
  const before = await parts.daybook.versions();
  // While nobody has unlocked the book only the manifest is asked for: for the time, and what became of our operations.
  const isShut = !(await parts.keys.isOpen());
  const isReadable = isShut || (before.lease !== null && (await parts.keys.key(before.lease)) !== null);
  const isOurs = before.personId === personId && isReadable;
  const etag = isOurs ? before.etag : null;
  const answer = await parts.request('GET', '/daybook/manifest', { etag });
  if (!answer.ok) return answer;
  if (answer.status === 304) {
    await parts.timekeeper.heardRoughly(answer);
    return 'unchanged';
  }
  const parsed = safeParse(ManifestSchema, answer.data);
  if (!parsed.success || parsed.output.person.id !== personId) return failure('bad_answer', answer.status);
  const manifest = parsed.output;
  await parts.timekeeper.heard(manifest.server_time, answer);
  await noteOperations(parts, manifest);
  if (isShut) return 'unchanged';
  const unlent = await lendKey(parts, manifest.lease);
  if (unlent) return unlent;
  const had = isOurs && before.lease === String(manifest.lease.id) ? before : noVersions;
  const pages = await fetchPages(parts.request, manifest, had);
  if ('ok' in pages) return pages;
  const complete = isComplete(manifest, had, pages);
  const tag = answer.headers.get('ETag') ?? null;
  try {
    await parts.daybook.swap(manifest, pages, complete ? tag : null);
  } catch (error) {
    return {
      ...failure('bad_answer', 0),
      problem: { ...failure('bad_answer', 0).problem, code: codeOf(error) },
    };
  }
  return 'swapped';
}

function codeOf(error: unknown): string {
  return error instanceof Error && error.name === 'QuotaExceededError' ? 'no_room' : 'book_not_stored';
}

async function fetchPages(
  request: RequestFunction,
  manifest: Manifest,
  had: BookVersions,
): Promise<Pages | Failure> {
  const wanted = manifest.cards.filter(([id, version]) => had.cards.get(id) !== version).map(([id]) => id);
  const rest = [
    ...(had.catalogue === manifest.catalogue_version ? [] : ['catalogue=1']),
    ...(had.index === manifest.index_version ? [] : ['index=1']),
    ...(manifest.load === null || had.load === manifest.load ? [] : ['load=1']),
  ];
  const all: Pages = { cards: [] };
  for (let at = 0; at < wanted.length || (at === 0 && rest.length > 0); at += cardsPerRequest) {
    const ids = wanted.slice(at, at + cardsPerRequest);
    const query = [...(ids.length > 0 ? [`cards=${ids.join(',')}`] : []), ...(at === 0 ? rest : [])];
    const answer = await request('GET', `/daybook/pages?${query.join('&')}`, { timeoutMs: 60_000 });
    if (!answer.ok) return answer;
    const parsed = safeParse(PagesSchema, answer.data);
    if (!parsed.success) return failure('bad_answer', answer.status);
    const { cards, ...others } = parsed.output;
    all.cards.push(...cards.flatMap(readCard));
    if (at === 0) Object.assign(all, others);
  }
  return all;
}

function readCard(one: unknown): Card[] {
  const card = safeParse(CardSchema, one);
  return card.success ? [card.output] : [];
}

/** A card that changed between the two requests, or that this app cannot read, is asked for again next time. */
function isComplete(manifest: Manifest, had: BookVersions, pages: Pages): boolean {
  const here = new Map(had.cards);
  for (const card of pages.cards) here.set(card.id, card.version);
  return (
    manifest.cards.every(([id, version]) => here.get(id) === version) &&
    (pages.catalogue?.version ?? had.catalogue) === manifest.catalogue_version &&
    (had.index === manifest.index_version || Boolean(pages.index)) &&
    (manifest.load === null || had.load === manifest.load || Boolean(pages.load))
  );
}

/** What the server says of operations that it has: put aside, decided by a person, missing, or all of them gone. */
async function noteOperations({ outbox, now }: PullParts, manifest: Manifest): Promise<void> {
  const meta = await outbox.meta();
  if (meta.epoch !== null && meta.epoch !== manifest.epoch) await outbox.requeueAll(manifest.epoch);
  const outcomes: Outcome[] = [];
  if (manifest.quarantined.length + manifest.decided.length > 0) {
    const kept = new Map((await outbox.entries()).map((entry) => [entry.id, entry]));
    for (const [id, code] of manifest.quarantined) {
      if (kept.get(id)?.state === 'delivered') outcomes.push({ id, state: 'attention', code });
    }
    for (const [id, decision, detail] of manifest.decided) {
      const entry = kept.get(id);
      if (!entry || (entry.state === 'delivered' && entry.code === decision)) continue;
      outcomes.push({
        id,
        state: 'delivered',
        code: decision,
        detail,
        receivedAt: entry.receivedAt ?? now(),
      });
    }
  }
  await outbox.settle(outcomes, {
    epoch: manifest.epoch,
    serverSeq: manifest.server_seq,
    ...(manifest.inbox_key ? { inboxKey: manifest.inbox_key } : {}),
    ...(manifest.checkpoint ? { checkpoint: manifest.checkpoint } : {}),
  });
  const gone = await outbox.reconcile(manifest.missing, new Set());
  await outbox.changeMeta(() => ({ missing: gone }));
}
