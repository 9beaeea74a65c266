import { expect, test } from 'vitest';
import table from '../../../tests/contracts/deliveries.json';
import { examples } from './contract.testing';
import { deliveryProblems, deliveryStatus } from './deliveries';
import type { DeliveryStatus } from './deliveries';

const { cases } = examples<{
  cases: {
    name: string;
    lines: [number, number, number, string][];
    expect: [string, string][];
    status?: DeliveryStatus;
  }[];
}>(table);

test.each(cases)('$name', ({ lines, expect: expected, status }) => {
  const handed = lines.map(([skuId, ordered, delivered, reason]) => ({ skuId, ordered, delivered, reason }));
  expect(deliveryProblems(handed).map(({ field, rule }) => [field, rule])).toEqual(expected);
  if (status) expect(deliveryStatus(handed)).toBe(status);
});
