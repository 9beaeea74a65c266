/**
 * How a number is shown before it is opened: enough to tell two apart, never enough to dial. The same rule as
 * server/domain/masking.py; both read tests/contracts/masking.json.
 */

// Always four stars: how long the hidden part is, nobody needs to know.
const HIDDEN = '****';
const MOST_SHOWN = 4;
const LEAST_SHOWN = 2;

const EXTENSION = /[^0-9+()\-./\s][^]*$|[,;#*][^]*$/;
const MAINLAND = /^(?:0086|86)?(1[3-9][0-9]{9})$/;

/**
 * A number with its middle hidden: `138****1234` for a mainland mobile, with or without +86; else the last digits, two
 * to four of them and at most 40 %; `****` for what is short or no number; an extension is hidden. Nothing stays
 * nothing.
 */
export function maskPhone(phone: string): string {
  const text = phone.normalize('NFKC').trim();
  if (text === '') return '';
  const digits = text.replace(EXTENSION, '').replace(/[^0-9]/g, '');
  const mainland = MAINLAND.exec(digits)?.[1];
  if (mainland !== undefined) return mainland.slice(0, 3) + HIDDEN + mainland.slice(-4);
  const shown = Math.min(MOST_SHOWN, Math.floor((digits.length * 2) / 5));
  return HIDDEN + (shown >= LEAST_SHOWN ? digits.slice(-shown) : '');
}
