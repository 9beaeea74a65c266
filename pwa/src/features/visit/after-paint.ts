/** A hidden page paints nothing; what waits for a frame then goes without one. */
const patienceMs = 100;

/**
 * Runs `work` when what was just changed has been painted: in the second frame from now and behind its own work. Gives the way
 * to take it back.
 */
export function afterPaint(work: () => void): () => void {
  let frame = 0;
  let timer = setTimeout(run, patienceMs);
  const next = () => {
    clearTimeout(timer);
    timer = setTimeout(run);
  };
  if ('requestAnimationFrame' in globalThis) {
    frame = requestAnimationFrame(() => (frame = requestAnimationFrame(next)));
  }

  function cancel(): void {
    clearTimeout(timer);
    if (frame !== 0) cancelAnimationFrame(frame);
  }
  function run(): void {
    cancel();
    work();
  }
  return cancel;
}
