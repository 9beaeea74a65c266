import { v7 } from 'uuid';
import type { PhotoSeal } from './photos';
import type { SealedRow } from './rows';
import { pack, sha256 } from './seal';
import type {
  About,
  Meta,
  OperationBodies,
  OperationKind,
  OutboxEntry,
  PhotoToSave,
  SaveOptions,
  StoredPhoto,
} from './types';

/** An operation with its body already sealed: sealing takes time, and a transaction does not wait. */
export interface Prepared {
  id: string;
  kind: OperationKind;
  after: string | null;
  body: ArrayBuffer;
  keyId: string | null;
  about: About;
  capturedAt: string;
  savedAt: number;
}

/** Seals a packed body to the server, or leaves it packed where no key of the server is known. */
export type Sealer = (
  operation: { id: string; kind: OperationKind },
  packed: ArrayBuffer,
) => Promise<Pick<Prepared, 'body' | 'keyId'>>;

export const unsealed: Sealer = (_operation, body) => Promise.resolve({ body, keyId: null });

export type NewPhoto = Omit<StoredPhoto, 'personId'>;

export interface PreparedPhoto {
  attach: Prepared;
  photo: NewPhoto;
  /** null: they are in the outbox already. */
  bytes: ArrayBuffer | SealedRow | null;
}

export async function prepare<K extends OperationKind>(
  kind: K,
  body: OperationBodies[K],
  options: Pick<SaveOptions, 'after' | 'id'>,
  now: number,
  sealer: Sealer,
): Promise<Prepared> {
  const id = options.id ?? v7();
  return {
    id,
    kind,
    after: options.after ?? null,
    ...(await sealer({ id, kind }, await pack(body))),
    about: aboutOf(body),
    capturedAt: new Date(now).toISOString(),
    savedAt: now,
  };
}

export async function preparePhoto(
  photo: PhotoToSave | StoredPhoto,
  after: string,
  now: number,
  sealer: Sealer,
  own: PhotoSeal,
): Promise<PreparedPhoto> {
  const stored: NewPhoto = 'bytes' in photo ? await newPhoto(photo, now) : photo;
  const attach = await prepare(
    'photo.attach',
    {
      photo_id: stored.id,
      visit_id: stored.visitId,
      step: stored.step,
      kind: stored.kind,
      taken_at: stored.takenAt,
      size: stored.size,
      sha256: stored.sha256,
      width: stored.width,
      height: stored.height,
    },
    { after },
    now,
    sealer,
  );
  const bytes = 'bytes' in photo ? await own.seal(photo.id, photo.bytes) : null;
  return { attach, photo: { ...stored, state: 'waiting' }, bytes };
}

export async function newPhoto(photo: PhotoToSave, now: number): Promise<NewPhoto> {
  const { bytes, ...about } = photo;
  return {
    ...about,
    size: bytes.byteLength,
    sha256: (await sha256(bytes)).hex,
    savedAt: now,
    state: 'draft',
    receivedAt: null,
    code: '',
    attempts: 0,
    notBefore: 0,
  };
}

export function entryOf(prepared: Prepared, seq: number, personId: number, meta: Meta): OutboxEntry {
  return {
    ...prepared,
    seq,
    personId,
    schema: 1,
    offsetMs: meta.clockOffset,
    state: 'waiting',
    receivedAt: null,
    serverSeq: null,
    code: '',
    detail: '',
    attempts: 0,
    notBefore: 0,
  };
}

/** The person that the phone was last signed in as, from what is kept of the session. */
export function personIdOf(session: unknown): number | null {
  if (typeof session !== 'object' || session === null || !('person' in session)) return null;
  const { person } = session;
  if (typeof person !== 'object' || person === null || !('id' in person)) return null;
  return typeof person.id === 'number' ? person.id : null;
}

function aboutOf(body: object): About {
  const about: About = {};
  if ('outlet_id' in body && typeof body.outlet_id === 'number') about.outletId = body.outlet_id;
  if ('visit_id' in body && typeof body.visit_id === 'string') about.visitId = body.visit_id;
  if ('photo_id' in body && typeof body.photo_id === 'string') about.photoId = body.photo_id;
  if ('proposal_id' in body && typeof body.proposal_id === 'string') about.proposalId = body.proposal_id;
  if ('work_day_id' in body && typeof body.work_day_id === 'string') about.workDayId = body.work_day_id;
  if ('delivery_id' in body) {
    const { delivery_id: id } = body;
    if (typeof id === 'string' || typeof id === 'number') about.deliveryId = id;
  }
  return about;
}
