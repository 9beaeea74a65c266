import { expect, it } from 'vitest';
import { isTooEasy } from './pin';

it.each(['000000', '999999', '123456', '987654', '012345'])('%s is too easy to guess', (pin) => {
  expect(isTooEasy(pin)).toBe(true);
});

it.each(['402817', '112233', '135790', '123457'])('%s will do', (pin) => {
  expect(isTooEasy(pin)).toBe(false);
});
