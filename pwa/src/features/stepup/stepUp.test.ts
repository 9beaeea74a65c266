import { describe, expect, it } from 'vitest';
import { failure } from '@/api';
import { withStepUp } from './stepUp';

const refusedOnce = () => {
  let sent = 0;
  return () =>
    Promise.resolve(++sent === 1 ? failure('http', 403, { code: 'step_up_needed' }) : { ok: true as const });
};

describe('a deed that asks who sits there', () => {
  it('is sent once more after the proof', async () => {
    expect(await withStepUp(refusedOnce(), () => Promise.resolve(true))).toEqual({ ok: true });
  });

  it('stays refused when the person says no', async () => {
    const outcome = await withStepUp(refusedOnce(), () => Promise.resolve(false));
    expect(outcome.ok).toBe(false);
  });

  it('asks nobody when the server does not', async () => {
    const refused = { ok: false as const, code: 'not_allowed' };
    const outcome = await withStepUp(
      () => Promise.resolve(refused),
      () => Promise.reject(new Error('asked')),
    );
    expect(outcome).toBe(refused);
  });

  it('reads the code of a desk answer as well as that of a plain one', async () => {
    let sent = 0;
    const send = () =>
      Promise.resolve(++sent === 1 ? { ok: false as const, code: 'step_up_needed' } : { ok: true as const });
    expect(await withStepUp(send, () => Promise.resolve(true))).toEqual({ ok: true });
  });
});
