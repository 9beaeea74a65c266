import { request, type Failure } from '@/api';
import { askPasskey, canUsePasskeys } from '@/features/signin/passkey';
import { readAsked } from '@/features/signin/passkey-wire';

export type StepUpProblem = 'wrong' | 'too_many' | 'offline' | 'no_passkey' | 'cancelled' | 'failed';

/** Proves by password who sits there; null when it was believed. */
export async function proveByPassword(password: string): Promise<StepUpProblem | null> {
  const answer = await request('POST', '/session/step-up', { body: { password } });
  return answer.ok ? null : problemOf(answer);
}

/** Proves by passkey who sits there; null when it was believed. */
export async function proveByPasskey(): Promise<StepUpProblem | null> {
  if (!canUsePasskeys()) return 'no_passkey';
  const answer = await request('POST', '/session/step-up/options', { body: {} });
  if (!answer.ok) return answer.status === 404 ? 'no_passkey' : problemOf(answer);
  const asked = readAsked(answer.data);
  if (!asked) return 'failed';
  const assertion = await askPasskey(asked.options);
  if (!assertion) return 'cancelled';
  const done = await request('POST', '/session/step-up/passkey', {
    body: { ceremony: asked.ceremony, credential: assertion.credential },
  });
  return done.ok ? null : problemOf(done);
}

function problemOf({ kind, status, problem }: Failure): StepUpProblem {
  if (kind === 'offline' || kind === 'timeout') return 'offline';
  if (status === 429) return 'too_many';
  return problem.code === 'wrong_step_up' ? 'wrong' : 'failed';
}
