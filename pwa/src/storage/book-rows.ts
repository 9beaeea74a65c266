import type { Card, Catalogue, IndexEntry, LoadEntry, Manifest } from '@/api';
import type { Daybook, Fetched } from './daybook';
import { openRow, sealRow, type SealedRow } from './rows';

/** Raised when what is stored changes shape: the book is dropped and pulled again. */
export const format = 2;

/** What must be known of a book that cannot be read: whose it is and how long it is lent. */
export interface Head extends SealedRow {
  lease: { id: string; from: number; until: number };
  personId: number;
  /** null: the book is not complete, ask again. */
  etag: string | null;
  format: number;
}

export interface Page extends SealedRow {
  version: string | number | null;
}

export interface CardRow extends SealedRow {
  id: number;
  version: number;
}

/** Where a row belongs: it opens nowhere else. */
export function place(
  lease: string,
  store: string,
  id: string | number,
  version: string | number | null,
): string {
  return `${lease}|${store}|${id}|${version}`;
}

function headVersion({ lease, personId, etag }: Pick<Head, 'lease' | 'personId' | 'etag'>): string {
  return [lease.from, lease.until, personId, etag].join('|');
}

/** The rows of a book as they lie. */
export interface LyingBook {
  head: Head;
  cards: readonly CardRow[];
  catalogue: Page | undefined;
  index: Page | undefined;
  load: Page | undefined;
}

/** Throws when one row does not open where it lies. */
export async function openAll(
  key: CryptoKey,
  { head, cards, catalogue, index, load }: LyingBook,
): Promise<Daybook & { etag: string | null }> {
  const lease = head.lease.id;
  // Our own rows, checked by their seal: what opens is what was parsed when it came.
  const page = async <T>(store: string, row: Page | undefined) =>
    row ? ((await openRow(key, place(lease, store, 'now', row.version), row)) as T) : null;
  const open = (row: CardRow) =>
    openRow(key, place(lease, 'cards', row.id, row.version), row) as Promise<Card>;
  const [manifest, opened, ...pages] = await Promise.all([
    openRow(key, place(lease, 'manifest', 'now', headVersion(head)), head) as Promise<Manifest>,
    Promise.all(cards.map(open)),
    page<Catalogue>('catalogue', catalogue),
    page<IndexEntry[]>('index', index),
    page<LoadEntry[]>('load', load),
  ]);
  return {
    manifest,
    etag: head.etag,
    cards: new Map(opened.map((card) => [card.id, card])),
    catalogue: pages[0],
    index: pages[1] ?? [],
    load: pages[2] ?? [],
  };
}

export interface SealedBook {
  head: Head;
  cards: CardRow[];
  pages: ['catalogue' | 'index' | 'load', Page][];
}

/** Before the transaction opens: it would not wait for the sealing. */
export async function sealAll(
  key: CryptoKey,
  manifest: Manifest,
  fetched: Fetched,
  etag: string | null,
): Promise<SealedBook> {
  const { from, until } = manifest.lease;
  const lease = { id: String(manifest.lease.id), from: Date.parse(from), until: Date.parse(until) };
  const about = { lease, personId: manifest.person.id, etag };
  const wanted = [
    ['catalogue', fetched.catalogue, manifest.catalogue_version],
    ['index', fetched.index, manifest.index_version],
    ['load', fetched.load, manifest.load],
  ] as const;
  const [head, cards, pages] = await Promise.all([
    sealRow(key, place(lease.id, 'manifest', 'now', headVersion(about)), manifest),
    Promise.all(
      fetched.cards.map(async (card): Promise<CardRow> => {
        const { id, version } = card;
        return { id, version, ...(await sealRow(key, place(lease.id, 'cards', id, version), card)) };
      }),
    ),
    Promise.all(
      wanted.flatMap(([store, value, version]) =>
        value
          ? [
              sealRow(key, place(lease.id, store, 'now', version), value).then(
                (row): [typeof store, Page] => [store, { ...row, version }],
              ),
            ]
          : [],
      ),
    ),
  ]);
  return { head: { ...head, ...about, format }, cards, pages };
}
