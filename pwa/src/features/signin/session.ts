import type { Failure, Session } from '@/api';

/** Why somebody is not signed in. `seconds`: how long to wait, where the server says so. */
export type SignInProblem =
  | { kind: 'wrong' | 'offline' | 'no_storage' | 'failed' | 'no_passkey' | 'cancelled' }
  | { kind: 'too_many'; seconds: number };

export function signInProblem({ kind, status, retryAfterMs }: Failure): SignInProblem {
  if (kind === 'offline' || kind === 'timeout') return { kind: 'offline' };
  if (status === 429) return { kind: 'too_many', seconds: Math.ceil((retryAfterMs ?? 60_000) / 1000) };
  return { kind: status === 401 || status === 422 ? 'wrong' : 'failed' };
}

/** Where somebody's work begins. */
export function homeOf({ person: { roles } }: Session): string {
  if (roles.includes('rep')) return '/today';
  return roles.includes('driver') ? '/load' : '/desk';
}
