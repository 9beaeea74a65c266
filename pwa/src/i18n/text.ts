/** Values for the named places of a text. `count` (or `n`) also chooses its plural form. */
export type Named = Readonly<Record<string, unknown>>;

type Part = string | { readonly name: string };

/** A text made ready: `fill` it with values. */
export type Text = (named: Named) => string;

const placeholder = /\{(\w+)\}/g;

/**
 * `"one store | {count} stores"` → a function of its values. Our texts know two things: named places, and
 * plural forms split by ` | `. Two forms are one and more; three are none, one and more.
 */
export function readText(source: string): Text {
  const forms = source.split(' | ').map(split);
  return (named) => {
    const form = forms[Math.min(formOf(countIn(named), forms.length), forms.length - 1)] ?? [];
    return form.map((part) => (typeof part === 'string' ? part : String(named[part.name] ?? ''))).join('');
  };
}

function split(text: string): Part[] {
  return text.split(placeholder).map((piece, index) => (index % 2 === 1 ? { name: piece } : piece));
}

function countIn(named: Named): number {
  const count = named['count'] ?? named['n'];
  return typeof count === 'number' ? Math.abs(count) : 1;
}

function formOf(count: number, forms: number): number {
  if (forms === 1) return 0;
  if (forms === 2) return count === 1 ? 0 : 1;
  return Math.min(count, 2);
}
