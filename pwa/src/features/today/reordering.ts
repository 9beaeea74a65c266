/** The list with one entry moved; what lies beyond the ends stays at the end. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = [...list];
  const [entry] = rest.splice(from, 1);
  if (entry !== undefined) rest.splice(Math.max(0, Math.min(to, rest.length)), 0, entry);
  return rest;
}

/** Where an entry belongs that was dragged by so many pixels over rows of this height. */
export function dropPlace(from: number, draggedBy: number, rowHeight: number, length: number): number {
  const steps = rowHeight > 0 ? Math.round(draggedBy / rowHeight) : 0;
  return Math.max(0, Math.min(length - 1, from + steps));
}
