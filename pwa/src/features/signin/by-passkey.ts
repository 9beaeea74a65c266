import { request } from '@/api';
import { signInBy } from '@/sync';
import { askPasskey, canUsePasskeys } from './passkey';
import { readAsked } from './passkey-wire';
import { signInProblem, type SignInProblem } from './session';

/** Signs in with a passkey of this device; null when it went well, `cancelled` when the person said no. */
export async function signInByPasskey(): Promise<SignInProblem | null> {
  if (!canUsePasskeys()) return { kind: 'no_passkey' };
  const asked = await request('POST', '/session/passkey/options', { body: {} });
  if (!asked.ok) return signInProblem(asked);
  const question = readAsked(asked.data);
  if (!question) return { kind: 'failed' };
  const assertion = await askPasskey(question.options);
  if (!assertion) return { kind: 'cancelled' };
  const answer = await signInBy(() =>
    request('POST', '/session/passkey', {
      body: { ceremony: question.ceremony, credential: assertion.credential },
    }),
  );
  if (answer.ok) return null;
  return answer.status === 401 ? { kind: 'no_passkey' } : signInProblem(answer);
}
