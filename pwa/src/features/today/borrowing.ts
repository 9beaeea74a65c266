import { request, type Card, type IndexEntry } from '@/api';
import { now } from '@/domain/clock';
import { useBook } from '@/features/day/book';
import { daybook, type Daybook } from '@/storage';
import { readDaybook, syncNow } from '@/sync';

const againAfterMs = 60_000;
const lastTried = new Map<number, number>();

/** Versions of real cards begin at 1. */
const lightVersion = 0;

/**
 * Lends one more card for today: the server's, or, where it cannot be reached, a light one made of what the index knows.
 * 'refused': the server does not lend it.
 */
export async function borrowCard(outletId: number, reason: string): Promise<'refused' | null> {
  const { book } = useBook();
  if (hasFullCard(book.value, outletId)) return null;
  const answer = await request('POST', '/daybook/borrow', { body: { outlet_id: outletId, reason } });
  const isRefused = !answer.ok && answer.kind === 'http' && answer.status < 500;
  if (isRefused) return 'refused';
  if (answer.ok) {
    await syncNow();
    await readDaybook();
  }
  if (!book.value?.cards.has(outletId)) await lendLightCard(outletId);
  return book.value?.cards.has(outletId) ? null : 'refused';
}

/** Begun visits whose card is light, or went with a newer book, are lent the real one as soon as the server answers. */
export async function lendToDrafts(drafts: readonly string[]): Promise<void> {
  const { book } = useBook();
  const wanted = drafts
    .map((key) => Number(key.replace('visit:', '')))
    .filter((id) => Number.isInteger(id) && !hasFullCard(book.value, id) && isOwn(book.value, id));
  for (const outletId of wanted) {
    // The book that comes back calls this again: not more than once a minute for a card that does not come.
    if (now() - (lastTried.get(outletId) ?? -Infinity) < againAfterMs) continue;
    lastTried.set(outletId, now());
    await borrowCard(outletId, 'begun');
  }
}

function isOwn(book: Daybook | null, outletId: number): boolean {
  return book?.index.some(({ id }) => id === outletId) ?? false;
}

function hasFullCard(book: Daybook | null, outletId: number): boolean {
  const card = book?.cards.get(outletId);
  return card !== undefined && card.version !== lightVersion;
}

/** Goes into the book without its tag: the next pull asks for all of it again, and takes the light card away. */
async function lendLightCard(outletId: number): Promise<void> {
  const { book } = useBook();
  const entry = book.value?.index.find(({ id }) => id === outletId);
  if (!book.value || !entry) return;
  const { manifest } = book.value;
  const cards = [...manifest.cards, [outletId, lightVersion] satisfies [number, number]];
  await daybook.swap({ ...manifest, cards }, { cards: [lightCard(entry)] }, null);
  await readDaybook();
}

/** Only what the index knows. No rules: a guessed next visit date would be told to the owner. */
export function lightCard({ id, name, address, latitude, longitude, outlet_class }: IndexEntry): Card {
  return {
    id,
    version: lightVersion,
    code: '',
    name,
    name_en: '',
    chain: '',
    outlet_class,
    channel: '',
    address,
    latitude,
    longitude,
    hours: [],
    rules: [],
    contacts: [],
    notes: [],
    promises: [],
    interactions: [],
    cases: [],
    assets: [],
    price_list: 'standard',
    skus: [],
    stock: { at: null, shelf: [], backroom: [], delivered: [] },
    visits: [],
    orders: [],
    deliveries: [],
    people: [],
  };
}
