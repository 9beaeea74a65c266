/** How many notices of the manifest were not seen: the last of a row says whether it was. */
export const unseenIn = (rows?: readonly unknown[]): number =>
  rows?.filter((row) => Array.isArray(row) && row[5] === false).length ?? 0;
