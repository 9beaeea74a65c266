/** For the tests of this floor: the examples in tests/contracts/, which pytest reads too. No product code
 * imports it. */

/** What JSON has no way to write. */
const NUMBERS: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

/**
 * Examples in the shape that a test states, with camelCase names and with the texts NaN, Infinity and
 * -Infinity as numbers. The shape is the test's claim: examples of bad input break it on purpose. Keys in
 * `asTheyAre` hold data whose names are no field names.
 */
export function examples<T>(json: unknown, asTheyAre: readonly string[] = []): T {
  return converted(json, asTheyAre) as T;
}

function converted(value: unknown, asTheyAre: readonly string[]): unknown {
  if (typeof value === 'string') return Object.hasOwn(NUMBERS, value) ? NUMBERS[value] : value;
  if (Array.isArray(value)) return value.map((part) => converted(part, asTheyAre));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      camel(key),
      asTheyAre.includes(key) ? part : converted(part, asTheyAre),
    ]),
  );
}

function camel(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** What an example of bad input expects. */
export interface Fault {
  readonly field: string;
  readonly rule: string;
}
