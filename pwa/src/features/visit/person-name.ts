const hanThenLatin =
  /^([\p{Script=Han}·]+)[\s/,，(（]+([^\p{Script=Han}]*\p{Script=Latin}[^\p{Script=Han}]*?)[)）]?$/u;
const latinThenHan =
  /^([^\p{Script=Han}]*\p{Script=Latin}[^\p{Script=Han}]*?)[\s/,，(（]+([\p{Script=Han}·]+)[)）]?$/u;

/** "谢志强 Chi Keung Tse" → the name to say first, in the script of the language on screen, and the same in the other. */
export function nameParts(name: string, locale: string): readonly [first: string, second: string] {
  const text = name.trim();
  const [han, latin] = hanThenLatin.exec(text)?.slice(1) ?? latinThenHan.exec(text)?.slice(1).reverse() ?? [];
  if (!han || !latin) return [text, ''];
  return locale === 'en' ? [latin.trim(), han] : [han, latin.trim()];
}
