import { safeParse } from 'valibot';
import { failure, LeaseKeySchema, type Failure, type Manifest, type RequestFunction } from '@/api';
import type { LeaseKeys } from '@/storage/vault';

/** The key of a new lease, asked for once and wrapped at once. null: it is here. */
export async function lendKey(
  { request, keys }: { request: RequestFunction; keys: LeaseKeys },
  lease: Manifest['lease'],
): Promise<Failure | null> {
  const id = String(lease.id);
  if (await keys.key(id)) return null;
  const body = { lease_id: id, unlock: await keys.unlock() };
  const answer = await request('POST', '/daybook/lease-key', { body });
  if (!answer.ok) return answer;
  const parsed = safeParse(LeaseKeySchema, answer.data);
  if (!parsed.success || parsed.output.lease_id !== id) return failure('bad_answer', answer.status);
  await keys.keep({ id, until: Date.parse(lease.until) }, parsed.output.key);
  return null;
}
