/** One room's texts by key; a text may stand in a group (`form.name`). */
export interface Texts {
  [key: string]: string | Texts;
}

/** `{'../locales/en/today.json': {...}}` → `{today: {...}}`: a text's key begins with its file's name. */
export function byRoom(files: Record<string, Texts>): Record<string, Texts> {
  return Object.fromEntries(
    Object.entries(files).map(([path, texts]) => [path.replace(/^.*\/|\.json$/g, ''), texts]),
  );
}

/** `{today: {stop: {late: 'Late'}}}` → `{'today.stop.late': 'Late'}`. */
export function flatten(texts: Texts, beginning = ''): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') flat[beginning + key] = value;
    else Object.assign(flat, flatten(value, `${beginning}${key}.`));
  }
  return flat;
}
