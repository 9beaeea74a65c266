import type { Failure, RequestFunction } from '@/api';
import type { DaybookStore } from '@/storage/daybook';
import { dropRuntimeCaches } from '@/storage/events';
import { personIdOf } from '@/storage/operation';
import type { Outbox } from '@/storage/outbox';
import { forgetOpened } from '@/storage/own';
import type { LeaseKeys } from '@/storage/vault';
import { createPush } from './push';
import type { Sessions } from './session';
import type { Timekeeper } from './timekeeper';

export interface StoppingParts {
  outbox: Outbox;
  daybook: DaybookStore;
  keys: LeaseKeys;
  request: RequestFunction;
  sessions: Sessions;
  timekeeper: Timekeeper;
  now: () => number;
  random: () => number;
}

/**
 * The company has stopped somebody's access. That is noted first, so that a kill in between only puts off what follows
 * (E5). What was done is handed in at the drop-box, which answers receipts and nothing else (E3); then the key goes, and
 * after it all that it opened. What cannot be handed in now stays, sealed, and is tried again. null: nothing is left.
 */
export async function stopAccess(parts: StoppingParts, code: string | null): Promise<Failure | null> {
  const { outbox, sessions } = parts;
  const meta = await outbox.meta();
  const personId = personIdOf(meta.session);
  const stopped = meta.stopped ?? (personId === null ? null : { personId, code: code ?? 'frozen' });
  if (!stopped) return null;
  if (!meta.stopped) await outbox.changeMeta(() => ({ stopped }));
  const end = await handIn(parts, stopped.personId);
  await wipe(parts);
  sessions.session.set(null);
  sessions.stopped.set(stopped);
  return end;
}

function handIn(parts: StoppingParts, personId: number): Promise<Failure | null> {
  const request: RequestFunction = (method, _path, options) =>
    parts.request(method, '/dropbox', { ...options, anonymous: true });
  return createPush({ ...parts, request, sending: () => undefined })(personId);
}

/** Key first, data second. May be begun again at any point. */
export async function wipe({
  keys,
  daybook,
  outbox,
}: Pick<StoppingParts, 'keys' | 'daybook' | 'outbox'>): Promise<void> {
  await keys.clear();
  forgetOpened();
  await daybook.drop();
  await outbox.wipe();
  await dropRuntimeCaches().catch(() => undefined);
}
