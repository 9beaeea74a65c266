/**
 * Listeners for a button that answers the touch itself, not its end: the number changes in the frame of the
 * `pointerdown`. A click that no pointer announced (keyboard, screen reader) counts as a press of its own.
 */
export function pressListeners(down: () => void, up?: (cancelled: boolean) => void) {
  let announced = false;
  return {
    pointerdown(event: PointerEvent): void {
      if (event.button !== 0) return;
      announced = true;
      down();
    },
    pointerup(): void {
      up?.(false);
    },
    pointerleave(): void {
      up?.(false);
    },
    // The browser took the touch for a scroll.
    pointercancel(): void {
      announced = false;
      up?.(true);
    },
    click(event: MouseEvent): void {
      const wasPressed = announced && event.detail > 0;
      announced = false;
      if (wasPressed) return;
      down();
      up?.(false);
    },
  };
}
