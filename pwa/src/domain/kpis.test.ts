import { expect, it, test } from 'vitest';
import table from '../../../tests/contracts/kpis.json';
import { examples } from './contract.testing';
import { dayKpis, windowAround } from './kpis';
import type { Call } from './kpis';

const contract = examples<{
  call: Call;
  cases: {
    name: string;
    plan: [number, [number, number] | null][];
    calls: Partial<Call>[];
    expect: Record<string, number | [number, number] | null>;
  }[];
  windows: { plannedMinute: number | null; expect: [number, number] | null }[];
}>(table);

test.each(contract.cases)('the figures of $name', ({ plan, calls, expect: expected }) => {
  const found = dayKpis(
    plan.map(([outletId, window]) => ({ outletId, window })),
    calls.map((call) => ({ ...contract.call, ...call })),
  );
  const plain = Object.entries(expected).map(([key, value]) => [
    key,
    Array.isArray(value) ? value[0] / value[1] : value,
  ]);
  expect(found).toEqual(Object.fromEntries(plain));
});

test.each(contract.windows)('the window around $plannedMinute', ({ plannedMinute, expect: expected }) => {
  expect(windowAround(plannedMinute)).toEqual(expected);
});

it('keeps the sequence of a day walked as planned', () => {
  const plan = [3, 1, 2].map((outletId) => ({ outletId, window: windowAround(540) }));
  const found = dayKpis(
    plan,
    plan.map(({ outletId }) => ({ ...contract.call, outletId })),
  );
  expect([found.completion, found.adherenceSequence, found.adherenceWindow]).toEqual([1, 1, 1]);
});
