export { pinLength } from '@/storage/locking';

/** All the same digit, or six in a row up or down: what a finder of the phone tries first. */
export function isTooEasy(pin: string): boolean {
  const steps = new Set(Array.from(pin.slice(1), (digit, at) => Number(digit) - Number(pin[at])));
  const [step] = steps;
  return steps.size === 1 && step !== undefined && Math.abs(step) <= 1;
}

export function canUsePasskeys(): boolean {
  return 'PublicKeyCredential' in globalThis && isSecureContext;
}
