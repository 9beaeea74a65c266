import { safeParse } from 'valibot';
import { failure, UploadSchema, type Answer, type Failure, type RequestFunction } from '@/api';
import type { Outbox } from '@/storage/outbox';
import { sha256 } from '@/storage/seal';
import type { StoredPhoto } from '@/storage/types';
import { backoff } from './backoff';

export const chunkBytes = 131_072;
/** How often one photo may fail on its own (a checksum, an offset) before the others have their turn. */
const patience = 4;

export interface UploadParts {
  outbox: Outbox;
  request: RequestFunction;
  now: () => number;
  random: () => number;
  /** Share of the photo that the server has, 0 to 1; null: none is on its way. */
  progress: (photoId: string, share: number | null) => void;
  /** Asked between chunks: whether to stop here, because something more important waits. */
  interrupted: () => boolean;
}

/** Sends the waiting photos of a person, each going on where the server's copy ends (A18). null: done, or interrupted. */
export async function uploadPhotos(parts: UploadParts, personId: number): Promise<Failure | null> {
  for (const photo of await parts.outbox.photos()) {
    if (photo.state !== 'waiting' || photo.personId !== personId || photo.notBefore > parts.now()) continue;
    if (parts.interrupted()) return null;
    const end = await uploadOne(parts, photo);
    parts.progress(photo.id, null);
    if (end === 'interrupted') return null;
    if (end && isAboutTheNetwork(end)) return end;
    await parts.outbox.changePhoto(photo.id, end ? putOff(parts, photo, end) : delivered(parts));
  }
  return null;
}

function isAboutTheNetwork(end: Failure): boolean {
  return end.kind !== 'http' || [401, 429, 503, 507].includes(end.status) || end.status >= 500;
}

function delivered(parts: UploadParts): Partial<StoredPhoto> {
  return { state: 'delivered', receivedAt: parts.now(), code: '', attempts: 0, notBefore: 0 };
}

/** Tried again a few times, then shown: the server will not have this photo. */
function putOff(parts: UploadParts, photo: StoredPhoto, end: Failure): Partial<StoredPhoto> {
  const attempts = photo.attempts + 1;
  if (attempts >= patience) return { state: 'attention', code: end.problem.code, attempts };
  return { attempts, code: end.problem.code, notBefore: parts.now() + backoff(attempts, parts.random) };
}

async function uploadOne(parts: UploadParts, photo: StoredPhoto): Promise<Failure | 'interrupted' | null> {
  const { request } = parts;
  const bytes = await parts.outbox.photoBytes(photo.id);
  if (!bytes)
    return { ...failure('http', 410), problem: { ...failure('http', 410).problem, code: 'photo_gone' } };
  const path = `/uploads/${photo.id}`;
  const body = { photo_id: photo.id, size: photo.size, sha256: photo.sha256 };
  const opened = await request('POST', '/uploads', { body });
  if (!opened.ok) return opened;
  const start = safeParse(UploadSchema, opened.data);
  if (!start.success) return failure('bad_answer', opened.status);
  let offset: number | null = start.output.offset;
  let faults = 0;
  while (!start.output.done && offset !== photo.size) {
    if (parts.interrupted()) return 'interrupted';
    parts.progress(photo.id, (offset ?? 0) / photo.size);
    const answer: Answer =
      offset === null
        ? await request('HEAD', path)
        : await sendChunk(request, path, bytes.slice(offset, offset + chunkBytes), offset);
    if (answer.ok) {
      offset = offsetOf(answer.headers, photo.size);
      if (offset === null) return failure('bad_answer', answer.status);
      continue;
    }
    // 409: the server's copy ends elsewhere; 460: the chunk came damaged. Ask where to go on.
    if ((answer.status !== 409 && answer.status !== 460) || ++faults >= patience) return answer;
    offset = null;
  }
  return null;
}

async function sendChunk(
  request: RequestFunction,
  path: string,
  chunk: ArrayBuffer,
  offset: number,
): Promise<Answer> {
  return request('PATCH', path, {
    body: chunk,
    headers: {
      'Content-Type': 'application/offset+octet-stream',
      'Upload-Offset': String(offset),
      'Upload-Checksum': `sha256 ${(await sha256(chunk)).base64}`,
    },
    timeoutMs: 15_000 + chunk.byteLength / 2,
  });
}

function offsetOf(headers: Headers, size: number): number | null {
  const value = headers.get('Upload-Offset');
  if (value === null || !/^\d+$/.test(value)) return null;
  return Number(value) <= size ? Number(value) : null;
}
