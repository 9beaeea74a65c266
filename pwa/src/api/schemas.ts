import * as v from 'valibot';
import type { StepTemplate } from '@/domain/stepTemplate';

/**
 * What the server may say (docs/wire.md), checked at the door. Names are those on the wire; the arrays that save bytes
 * there become objects here, except inside a card, whose columns are read by src/storage/card.ts. Fields that we do
 * not know are left out: an older phone reads a newer server.
 */
const instant = v.pipe(
  v.string(),
  v.check((text) => Number.isFinite(Date.parse(text)), 'instant'),
);
const day = v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/));
const whole = v.pipe(v.number(), v.safeInteger());
const pieces = v.pipe(whole, v.minValue(0));
const text = v.nullish(v.string(), '');
const id = v.pipe(whole, v.minValue(1));
const uuid = v.string();
const degrees = v.nullable(v.pipe(v.number(), v.finite()));
const range = v.object({ from: pieces, to: pieces });
const hours = v.nullish(v.array(v.tuple([whole, whole, whole])), []);

export const ProblemSchema = v.object({
  title: text,
  detail: text,
  code: text,
  server_time: v.optional(v.string()),
  errors: v.nullish(
    v.array(v.object({ field: text, rule: text, message: text, row: v.nullish(v.number()) })),
    [],
  ),
});
export type Problem = v.InferOutput<typeof ProblemSchema>;

/** The server's key to which operations are sealed: a P-256 point in base64. */
/** Where the company's audit ended, signed: kept, and given back with the next push. Its content is the server's matter. */
const checkpoint = v.nullish(v.record(v.string(), v.unknown()));
const inboxKey = v.nullish(v.object({ id: v.string(), public: v.string() }));
const base64Bytes = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9+/]*={0,2}$/),
  v.transform((words) => Uint8Array.from(atob(words), (letter) => letter.charCodeAt(0))),
);

export const SessionSchema = v.object({
  person: v.object({ id, name: v.string(), name_en: text, locale: text, roles: v.array(v.string()) }),
  company: v.nullish(v.object({ name: text, name_en: text })),
  epoch: v.string(),
  server_time: instant,
  timezone: v.string(),
  currency: v.string(),
  inbox_key: inboxKey,
});
export type Session = v.InferOutput<typeof SessionSchema>;

export const DeviceSchema = v.object({
  device_id: uuid,
  contiguous_seq: pieces,
  highest_seq: pieces,
  next_seq: v.pipe(whole, v.minValue(1)),
  lost: v.nullish(v.array(range), []),
});
export type DeviceAnswer = v.InferOutput<typeof DeviceSchema>;
export type SeqRange = v.InferOutput<typeof range>;

const ResultSchema = v.object({
  id: uuid,
  seq: pieces,
  status: v.picklist(['applied', 'duplicate', 'quarantined', 'retry']),
  server_seq: v.nullish(pieces, null),
  code: text,
  detail: text,
  retry_after_s: v.nullish(v.pipe(v.number(), v.minValue(0)), null),
});
export type PushResult = v.InferOutput<typeof ResultSchema>;

export const PushSchema = v.object({
  batch_id: uuid,
  epoch: v.string(),
  server_time: instant,
  operations: v.array(uuid),
  results: v.array(ResultSchema),
  missing: v.nullish(v.array(range), []),
  server_seq: pieces,
  checkpoint,
});
export type PushAnswer = v.InferOutput<typeof PushSchema>;

export const LeaseKeySchema = v.object({
  lease_id: v.string(),
  key: v.pipe(
    base64Bytes,
    v.check((bytes) => bytes.length === 32),
  ),
});

export const UploadSchema = v.object({ offset: pieces, done: v.boolean() });
export const RevealedSchema = v.object({ number: v.string(), left_today: whole, left_outlet: whole });

export const BorrowSchema = v.object({ borrowed: id });

const stop = v.pipe(
  v.tuple([id, id, whole, v.nullable(whole)]),
  v.transform(([outlet_id, route_id, sequence, planned_minute]) => ({
    outlet_id,
    route_id,
    sequence,
    planned_minute,
  })),
);
export type Stop = v.InferOutput<typeof stop>;

export const ManifestSchema = v.object({
  epoch: v.string(),
  server_time: instant,
  version: v.string(),
  lease: v.object({ id: v.union([v.string(), v.number()]), day, from: instant, until: instant }),
  timezone: v.string(),
  currency: v.string(),
  cycle_anchor: day,
  holidays: v.nullish(v.array(day), []),
  person: v.object({ id, name: v.string(), roles: v.array(v.string()) }),
  routes: v.array(
    v.object({
      id,
      code: text,
      name: text,
      name_en: v.optional(text, ''),
      version: whole,
      truck_weekdays: v.array(whole),
    }),
  ),
  /** Today's, in order. */
  stops: v.array(stop),
  /** Outlet and card version: today's stops, and what was borrowed today. */
  cards: v.array(v.tuple([id, whole])),
  catalogue_version: whole,
  index_version: text,
  load: v.nullish(v.string(), null),
  /** What a new plan changed on these routes; read where it is shown (features/today/changes.ts). */
  changes: v.optional(v.array(v.unknown())),
  /** Stores to be handed over in person; read where they are shown (features/handover/handovers.ts). */
  handovers: v.optional(v.unknown()),
  /** The last day of somebody who serves notice: only handovers until then. */
  notice: v.optional(v.string()),
  /** What the office tells this person; read where it is shown (features/notices/lent.ts). */
  announcements: v.optional(v.array(v.unknown())),
  notices: v.optional(v.array(v.unknown())),
  server_seq: pieces,
  checkpoint,
  inbox_key: inboxKey,
  /** Openings of numbers that are left, today and at outlets where some are used. */
  reveals: v.optional(
    v.object({ left_today: whole, outlets: v.array(v.tuple([id, whole])), reasons: v.array(v.string()) }),
  ),
  /** Own requests that change the book: id, outlet, kind, state, the office's words. */
  requests: v.optional(v.array(v.tuple([uuid, v.nullable(id), v.string(), v.string(), text]))),
  /** Cards of a stricter class than the ordinary one, and the instant at which each has to go. */
  secrecy: v.optional(v.array(v.tuple([id, v.string(), instant]))),
  missing: v.nullish(v.array(range), []),
  quarantined: v.nullish(v.array(v.tuple([uuid, v.string()])), []),
  decided: v.nullish(v.array(v.tuple([uuid, v.picklist(['applied', 'refused']), text])), []),
});
export type Manifest = v.InferOutput<typeof ManifestSchema>;

const counts = v.array(v.nullable(pieces));

/** `skus` names the columns: every other array of pieces is parallel to it, or empty. */
export const CardSchema = v.object({
  id,
  version: whole,
  code: text,
  name: v.string(),
  name_en: text,
  chain: text,
  outlet_class: text,
  channel: text,
  address: text,
  latitude: degrees,
  longitude: degrees,
  /** Weekday (0 = Monday), opening and closing minute of the day. */
  hours,
  /** Weekday, weeks, phase, route: every stop of the outlet. */
  rules: v.array(v.tuple([whole, whole, whole, id])),
  contacts: v.array(
    v.object({
      id,
      name: text,
      role: text,
      /** Masked, always. */
      phone: text,
      /** Only on a phone that a passkey unlocks, and never of an outlet that is kept closest. */
      number: v.optional(v.nullable(v.string())),
      preferences: text,
      notes: text,
    }),
  ),
  notes: v.array(v.object({ at: instant, by: text, text: text })),
  promises: v.array(
    v.object({ id: uuid, text, due: v.nullish(day, null), made_at: v.nullish(v.string(), null), by: text }),
  ),
  assets: v.nullish(v.array(v.object({ kind: text, label: text, since: v.nullish(v.string(), null) })), []),
  interactions: v.optional(v.array(v.object({ at: instant, by: text, kind: text, text })), []),
  cases: v.optional(
    v.array(v.object({ id, kind: text, text, by: text, due: v.nullable(day), opened_at: instant })),
    [],
  ),
  price_list: text,
  skus: v.array(id),
  stock: v.object({ at: v.nullish(instant, null), shelf: counts, backroom: counts, delivered: counts }),
  /** Day, index into `people`, planned, outcome, shelf, backroom; newest first. */
  visits: v.array(
    v.tuple([day, v.nullable(whole), v.union([whole, v.boolean()]), v.nullable(v.string()), counts, counts]),
  ),
  /** Day, delivery day, status, total in minor units, pieces. */
  orders: v.array(v.tuple([day, v.nullable(day), v.string(), v.nullable(whole), counts])),
  /** Day, pieces. */
  deliveries: v.array(v.tuple([day, counts])),
  people: v.array(v.string()),
});
export type Card = v.InferOutput<typeof CardSchema>;

const brand = v.pipe(
  v.tuple([id, v.string(), text]),
  v.transform(([brandId, name, name_en]) => ({ id: brandId, name, name_en })),
);
export type Brand = v.InferOutput<typeof brand>;

const sku = v.pipe(
  v.tuple([
    id,
    v.string(),
    v.string(),
    text,
    id,
    v.pipe(whole, v.minValue(1)),
    v.nullable(whole),
    v.nullish(day, null),
  ]),
  v.transform(([skuId, code, name, name_en, brand_id, pack, volume_ml, new_until]) => ({
    id: skuId,
    code,
    name,
    name_en,
    brand_id,
    /** Pieces. */
    pack,
    volume_ml,
    new_until,
  })),
);
export type Sku = v.InferOutput<typeof sku>;

const template: v.GenericSchema<unknown, StepTemplate> = v.object({
  version: whole,
  steps: v.array(
    v.object({
      key: v.string(),
      rule: v.picklist(['required', 'optional', 'skippable']),
      per: v.picklist(['day', 'visit']),
      reasons: v.array(v.string()),
      checklist: v.array(v.string()),
      photos: v.array(v.string()),
    }),
  ),
  outcomes: v.array(v.object({ key: v.string(), words: v.boolean(), excuses: v.array(v.string()) })),
});

export const CatalogueSchema = v.object({
  version: whole,
  /** In thousandths: 1500 is × 1.5. */
  suggestion_factor: pieces,
  brands: v.array(brand),
  /** In the order in which they are counted. */
  skus: v.array(sku),
  /** Price list → SKU and price of a piece in minor units. */
  prices: v.record(v.string(), v.array(v.tuple([id, pieces]))),
  /** Outlet class → must-sell SKUs. */
  must_sell: v.record(v.string(), v.array(id)),
  template,
  limits: v.nullish(v.record(v.string(), v.unknown()), {}),
});
export type Catalogue = v.InferOutput<typeof CatalogueSchema>;

const indexEntry = v.pipe(
  v.tuple([id, v.string(), text, degrees, degrees, text, v.nullish(v.array(whole), [])]),
  v.transform(([outletId, name, address, latitude, longitude, outlet_class, weekdays]) => ({
    id: outletId,
    name,
    address,
    latitude,
    longitude,
    outlet_class,
    weekdays,
  })),
);
export type IndexEntry = v.InferOutput<typeof indexEntry>;

const loadEntry = v.object({
  delivery_id: v.union([v.string(), v.number()]),
  route_id: v.nullish(id, null),
  day,
  status: v.string(),
  outlet: v.object({ id, name: v.string(), address: text, latitude: degrees, longitude: degrees, hours }),
  lines: v.array(
    v.pipe(
      v.tuple([id, pieces, v.nullable(pieces)]),
      v.transform(([sku_id, ordered, delivered]) => ({ sku_id, ordered, delivered })),
    ),
  ),
  note: text,
});
export type LoadEntry = v.InferOutput<typeof loadEntry>;

/** A card that cannot be read is left out and never keeps the others from coming: they are parsed one by one. */
export const PagesSchema = v.object({
  cards: v.nullish(v.array(v.unknown()), []),
  catalogue: v.nullish(CatalogueSchema),
  index: v.nullish(v.array(indexEntry)),
  load: v.nullish(v.array(loadEntry)),
});
export type Pages = Omit<v.InferOutput<typeof PagesSchema>, 'cards'> & { cards: Card[] };
