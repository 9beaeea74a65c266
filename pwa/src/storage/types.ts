import type { SeqRange } from '@/api';

/** Where and how sure: WGS-84 degrees, metres. */
export interface Fix {
  latitude: number;
  longitude: number;
  accuracy_m: number;
}

export interface Presence {
  /** ISO instant, UTC, by the phone's clock. */
  at: string;
  fix: Fix | null;
  distance_m: number | null;
}

export interface VisitBody {
  visit_id: string;
  outlet_id: number | null;
  proposal_id: string | null;
  planned: boolean;
  unplanned_reason: string;
  in: Presence;
  out: Presence;
  /** Key, state, reason, note. A step that is still open is not in it. */
  steps: (readonly [key: string, state: 'done' | 'skipped', reason: string, note: string])[];
  /** Parallel arrays; `source` has a letter a SKU: t typed, s same, c confirmed. */
  counts: { skus: number[]; shelf: number[]; backroom: number[]; source: string } | null;
  order: {
    order_id: string;
    delivery_day: string;
    price_list: string;
    lines: (readonly [
      sku: number,
      suggested: number,
      quantity: number,
      pieceMinor: number,
      reason: string,
    ])[];
    total_minor: number;
    signature: string;
  } | null;
  /** Suggested, and the owner wants none. */
  declined: (readonly [sku: number, suggested: number, reason: string])[];
  outcome: string | null;
  outcome_note: string;
  notes: string[];
  promises: { id: string; text: string; due: string | null }[];
  kept: string[];
  next_visit_day: string | null;
  next_visit_shown: boolean;
}

/** The body of each kind of operation, as docs/wire.md writes it (schema 1). */
export interface OperationBodies {
  'day.start': {
    work_day_id: string;
    at: string;
    fix: Fix | null;
    checklist: { key: string; done: boolean }[];
    storage: { persisted: boolean; standalone: boolean };
  };
  'day.end': {
    work_day_id: string;
    at: string;
    fix: Fix | null;
    summary: Record<string, unknown>;
    note: string;
  };
  'visit.record': VisitBody;
  'outlet.propose': {
    proposal_id: string;
    name: string;
    address: string;
    outlet_class: string;
    channel: string;
    latitude: number | null;
    longitude: number | null;
    accuracy_m: number | null;
    contact_name: string;
    contact_phone: string;
    note: string;
    near_duplicates: number[];
  };
  /** What the card says (a number as its mask) and what it should say; the office decides. */
  'outlet.change': {
    request_id: string;
    outlet_id: number;
    kind: 'moved' | 'number' | 'closed' | 'renamed';
    old: Record<string, string | number | null>;
    new: Record<string, string | number | null>;
    note: string;
    fix: Fix | null;
  };
  'announcement.read': { announcement_id: number; at: string; confirmed: boolean };
  'outlet.note': { outlet_id: number; at: string; text: string };
  'promise.keep': { outlet_id: number; promise_id: string; at: string };
  /** What came of a task at a store: a yes or no by question. */
  'task.done': {
    task_id: number;
    at: string;
    outcome: string;
    answers: Record<string, boolean>;
    note: string;
  };
  /** A supervisor's coaching form: all eight steps in their order. */
  'joint_visit.record': {
    joint_visit_id: string;
    outlet_id: number;
    person_id: number;
    at: string;
    steps: (readonly [step: string, mark: string, words: string])[];
    words: string;
    action: string;
    action_due: string | null;
  };
  'interaction.add': { outlet_id: number; at: string; kind: string; text: string };
  /** The office knows who settles it; without a day within three working days. */
  'case.open': { outlet_id: number; at: string; kind: string; text: string; due: string | null };
  'stops.reorder': { day: string; outlet_ids: number[]; reason: string };
  /** Written down before a number is shown. */
  'contact.reveal': {
    reveal_id: string;
    outlet_id: number;
    contact_id: number;
    reason: string;
    words: string;
    at: string;
    fix: Fix | null;
  };
  /** Made by `saveOperation` itself, one for each photo. */
  'photo.attach': {
    photo_id: string;
    visit_id: string;
    step: string;
    kind: string;
    taken_at: string;
    size: number;
    sha256: string;
    width: number;
    height: number;
  };
  /** One store handed over in person; `code_id` where the owner answers on a phone of their own. */
  'handover.record': {
    departure_id: number;
    outlet_id: number;
    at: string;
    fix: Fix | null;
    giver_present: boolean;
    witness_id: number | null;
    steps: (readonly [key: string, state: 'done' | 'skipped', reason: string, note: string])[];
    answer: string;
    code_id: number | null;
    words: string;
    signature: string;
    next_visit: string | null;
  };
  'delivery.record': {
    delivery_id: string | number;
    at: string;
    fix: Fix | null;
    lines: (readonly [sku: number, delivered: number, reason: string])[];
    status: 'delivered' | 'partly' | 'refused';
    note: string;
    signature: string;
  };
}

export type OperationKind = keyof OperationBodies;

/**
 * waiting: not yet receipted by the server · delivered: it has it · attention: the server has put it aside, or would
 * not take it, and a person decides. (`sending` is known to the sync engine only: a killed tab leaves none behind.)
 */
export type EntryState = 'waiting' | 'delivered' | 'attention';

/** Ids that say what an operation is about, for lists; nothing that a finder of the phone could use. */
export interface About {
  outletId?: number;
  visitId?: string;
  photoId?: string;
  deliveryId?: string | number;
  proposalId?: string;
  photos?: number;
  workDayId?: string;
}

export interface OutboxEntry {
  // Frozen when saved.
  readonly id: string;
  readonly seq: number;
  readonly personId: number;
  readonly kind: OperationKind;
  readonly schema: 1;
  /** ISO instant by the phone's clock. */
  readonly capturedAt: string;
  /** Server time minus phone time as last known, ms. */
  readonly offsetMs: number | null;
  readonly after: string | null;
  /** Opaque here: sealed to the server's key `keyId`; only packed where none was known (or before there was one). */
  readonly body: ArrayBuffer;
  readonly keyId?: string | null;
  readonly about: About;
  /** Milliseconds by the phone's clock. */
  readonly savedAt: number;
  // Delivery.
  state: EntryState;
  receivedAt: number | null;
  serverSeq: number | null;
  /** The server's or our own reason, a key of the text room `queue`. */
  code: string;
  detail: string;
  attempts: number;
  /** Not sent again before (ms). */
  notBefore: number;
}

export interface SavedOperation {
  readonly id: string;
  readonly seq: number;
  readonly capturedAt: string;
  /** Ids of photos for which there was no room: the visit is saved without them, and the rep must be told. */
  readonly photosLeftOut: readonly string[];
}

/** A JPEG as it will be uploaded. */
export interface PhotoToSave {
  id: string;
  visitId: string;
  step: string;
  /** before, after … */
  kind: string;
  takenAt: string;
  width: number;
  height: number;
  /** Never a Blob: Safari aborts the transaction. */
  bytes: ArrayBuffer;
}

/** draft: taken, its visit not yet saved. The others as for operations. */
export type PhotoState = 'draft' | EntryState;

/** What is known of a photo; its bytes lie beside, so that lists stay light. */
export interface StoredPhoto extends Omit<PhotoToSave, 'bytes'> {
  readonly personId: number;
  readonly size: number;
  readonly sha256: string;
  readonly savedAt: number;
  state: PhotoState;
  receivedAt: number | null;
  code: string;
  attempts: number;
  notBefore: number;
}

export interface SaveOptions {
  /** The operation that must be applied first. */
  after?: string | null;
  /** New photos, or ids of photos kept by `savePhoto`. */
  photos?: readonly (PhotoToSave | string)[];
  /** Deleted in the same transaction: either the operation is saved and the draft gone, or neither. */
  dropDraft?: string;
  /** Use this id (UUIDv7) and not a new one: saving it twice saves it once. */
  id?: string;
}

export type NotSavedReason =
  /** The phone has no room. */
  | 'quota'
  /** The database's connection is lost, also after opening it again. */
  | 'connection'
  /** The outbox cannot be opened at all: nothing can be recorded on this phone. */
  | 'unavailable'
  /** A newer version of the app is open in another tab. */
  | 'outdated'
  /** Nobody has signed in on this phone. */
  | 'signed_out'
  | 'unknown';

/** Nothing was saved. A screen that gets this says so, loudly, and keeps what was entered. */
export class NotSaved extends Error {
  readonly reason: NotSavedReason;

  constructor(reason: NotSavedReason, cause?: unknown) {
    super(`not saved: ${reason}`, { cause });
    this.name = 'NotSaved';
    this.reason = reason;
  }
}

/** Whose access was stopped, and how the server put it. */
export interface Stopped {
  personId: number;
  code: string;
}

/** What is kept about this phone beside the entries. */
export interface Meta {
  device: string;
  nextSeq: number;
  /** Latest time ever seen, ms. */
  highWater: number;
  /** Server time minus phone time, ms. */
  clockOffset: number | null;
  epoch: string | null;
  serverSeq: number;
  /** What the cookie remembers of an outbox that was evicted, until the server was told. */
  known: { device_id: string; highest_seq: number } | null;
  /** Numbers that were saved here once and are gone from phone and server. */
  lost: SeqRange[];
  /** The person and device pair that the server has been told of. */
  registered: string | null;
  /** Sign-in data as last answered. */
  session: unknown;
  signOutPending: boolean;
  lastSuccess: number | null;
  /** Numbers that the server misses. */
  missing: SeqRange[];
  /** The server's key to which bodies are sealed, as last told. */
  inboxKey: { id: string; public: string } | null;
  /** The newest checkpoint of the company's audit that this phone was given. */
  checkpoint: Readonly<Record<string, unknown>> | null;
  /** The server knows this phone's public key, or is about to be told. */
  signs: boolean;
  /** The company has stopped somebody's access on this phone: what is left is delivered, everything else goes. */
  stopped: Stopped | null;
}
