/** One room's texts by key; a text may stand in a group (`form.name`). */
export type Texts = Record<string, unknown>;

/** `{'../locales/en/today.json': {...}}` → `{today: {...}}`: a text's key begins with its room. */
export function byRoom(files: Record<string, Texts>): Record<string, Texts> {
  return Object.fromEntries(
    Object.entries(files).map(([path, texts]) => [path.replace(/^.*\/|\.json$/g, ''), texts]),
  );
}
