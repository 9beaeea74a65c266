import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import jumps from '../../../tests/contracts/count_jumps.json';
import flags from '../../../tests/contracts/visit_flags.json';
import { examples } from './contract.testing';
import type { Fault } from './contract.testing';
import { isJump, jump, visitFlags } from './visits';
import type { CountInput, JumpKind, VisitEvidence, VisitFlag } from './visits';

const evidence = examples<{
  base: VisitEvidence;
  cases: (Partial<VisitEvidence> & { name: string; expect: VisitFlag[] })[];
}>(flags);

const counts = examples<{
  cases: { name: string; input: CountInput; expect?: JumpKind | null; error?: Fault }[];
}>(jumps);

describe('what the evidence shows', () => {
  test.each(evidence.cases)('$name', ({ expect: expected, ...changed }) => {
    expect(visitFlags({ ...evidence.base, ...changed })).toEqual(expected);
  });
});

describe('a jump against the last count', () => {
  test.each(counts.cases)('$name', ({ input, expect: expected, error }) => {
    if (error) {
      expect(() => jump(input)).toThrow(expect.objectContaining(error));
    } else {
      expect(jump(input)).toBe(expected);
      expect(isJump(input)).toBe(expected !== null);
    }
  });

  const pieces = fc.nat(100_000);
  const pack = fc.integer({ min: 1, max: 100 });

  it('grew exactly when more is there than could be', () => {
    fc.assert(
      fc.property(pieces, pieces, pieces, pack, (lastCount, delivered, count, size) => {
        const found = jump({ lastCount, delivered, count, pack: size });
        expect(found === 'grew').toBe(count > lastCount + delivered);
      }),
    );
  });

  it('is never asked about for a drop of at most three packs', () => {
    fc.assert(
      fc.property(pieces, pack, fc.nat(300), (left, size, gone) => {
        fc.pre(gone <= 3 * size);
        expect(jump({ lastCount: left + gone, delivered: 0, count: left, pack: size })).toBeNull();
      }),
    );
  });
});
