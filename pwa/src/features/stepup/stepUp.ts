/**
 * Weighty deeds ask for a fresh proof of who sits there. `withStepUp(() => request('POST', …))` sends a request; where the
 * server wants that proof, a dialog asks for it and the request is sent once more. Who cancels gets the refusal.
 */
interface Refused {
  ok: false;
  code?: string;
  problem?: { code?: string };
}

type Outcome = { ok: true } | Refused;

export function needsStepUp(outcome: Outcome): boolean {
  return !outcome.ok && (outcome.code ?? outcome.problem?.code) === 'step_up_needed';
}

export async function withStepUp<T extends Outcome>(
  send: () => Promise<T>,
  prove: () => Promise<boolean> = openDialog,
): Promise<T> {
  const outcome = await send();
  if (!needsStepUp(outcome)) return outcome;
  return (await prove()) ? send() : outcome;
}

async function openDialog(): Promise<boolean> {
  const { openStepUp } = await import('./dialog');
  return openStepUp();
}
