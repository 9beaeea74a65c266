import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import template from '../../../server/domain/step_template.json';
import table from '../../../tests/contracts/visit_problems.json';
import { examples } from './contract.testing';
import { nextStep, visitProblems } from './stepTemplate';
import type { StepState, StepTemplate, VisitRecord } from './stepTemplate';

type Steps = Record<string, [StepState['state'], string]>;

interface Facts {
  steps: Steps;
  toCount: number[];
  counted: number[];
  hasOrder: boolean;
  outcome: string | null;
  outcomeWords: string;
}

type Example = Partial<Facts> & { name: string; set?: Steps; expect: [string, string][] };

const { base, cases } = examples<{ base: Facts; cases: Example[] }>(table, ['steps', 'set']);
const standard = examples<StepTemplate>(template);

function record(example: Example): VisitRecord {
  const facts = { ...base, ...example };
  const steps = Object.entries({ ...facts.steps, ...example.set });
  return {
    ...facts,
    steps: Object.fromEntries(steps.map(([key, [state, reason]]) => [key, { state, reason }])),
  };
}

test.each(cases)('$name', (example) => {
  const found = visitProblems(standard, record(example)).map(({ step, rule }) => [step, rule]);
  expect(found).toEqual(example.expect);
});

it('goes on with the first step that wants something', () => {
  expect(nextStep(standard, record({ name: '', steps: {}, counted: [], hasOrder: false, expect: [] }))).toBe(
    'outdoor',
  );
  expect(nextStep(standard, record({ name: '', set: { thank: ['open', ''] }, expect: [] }))).toBe('thank');
  expect(nextStep(standard, record({ name: '', expect: [] }))).toBeNull();
});

it('names a step at most once, in the order of the template', () => {
  const order = standard.steps.map((step) => step.key);
  const state = fc.record({
    state: fc.constantFrom<StepState['state']>('open', 'done', 'skipped'),
    reason: fc.constantFrom('', 'no_time', 'x'),
  });
  const visit = fc.record({
    steps: fc.dictionary(fc.constantFrom(...order), state),
    toCount: fc.uniqueArray(fc.nat(3)),
    counted: fc.uniqueArray(fc.nat(3)),
    hasOrder: fc.boolean(),
    outcome: fc.option(fc.constantFrom(...standard.outcomes.map((outcome) => outcome.key))),
    outcomeWords: fc.constantFrom('', '搬遷中'),
  });
  fc.assert(
    fc.property(visit, (some) => {
      const named = visitProblems(standard, some).map((problem) => order.indexOf(problem.step));
      expect(named).toEqual([...new Set(named)].sort((a, b) => a - b));
    }),
  );
});
