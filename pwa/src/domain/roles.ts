/** Who carries a book on the phone; the others' browsers ask for none. */
export function carriesBook(roles: readonly string[]): boolean {
  return roles.includes('rep') || roles.includes('driver');
}
