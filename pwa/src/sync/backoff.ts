const firstMs = 2_000;
const mostMs = 300_000;

/**
 * How long to wait after the n-th failure in a row (1 = the first): 2 s doubled up to 5 min, of which a random half, so
 * that phones that failed together do not come back together.
 */
export function backoff(failures: number, random: () => number): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.max(0, failures - 1));
  return Math.round(full / 2 + (full / 2) * random());
}
