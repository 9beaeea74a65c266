const types = [
  'click',
  'pointerdown',
  'pointerup',
  'pointerleave',
  'keydown',
  'input',
  'change',
  'submit',
  'touchstart',
];

/** How far a clock may fall behind the steady one before it counts as set back, ms. */
const tolerance = 1;

export interface Clocks {
  wall: () => number;
  steady: () => number;
}

const own: Clocks = { wall: () => Date.now(), steady: () => performance.now() };

/**
 * Vue passes over a listener that was attached after its event began, and asks the phone's clock which was first
 * (runtime-dom, `_vts`). When that clock is set back, every listener on the screen seems to come from the future, and a
 * button whose event another listener saw before is dead until the old time comes again (C2, A17). So after a jump back
 * events are dated later than any listener.
 */
export function surviveClockJumps(target: EventTarget = window, clocks: Clocks = own): void {
  let most = clocks.wall() - clocks.steady();
  const date = (event: Event): void => {
    const ahead = clocks.wall() - clocks.steady();
    if (ahead < most - tolerance) Object.assign(event, { _vts: Infinity });
    else most = Math.max(most, ahead);
  };
  for (const type of types) target.addEventListener(type, date, { capture: true, passive: true });
}
