import type { Look } from './drawn-map';

/** The theme's colours of these tokens, as something that knows no custom properties takes them. */
export function coloursOf<Token extends string>(
  element: HTMLElement,
  tokens: readonly Token[],
): Record<Token, string> {
  // Resolved through a property that takes colours: the tokens are light-dark() pairs.
  const probe = document.createElement('span');
  element.append(probe);
  const found = Object.fromEntries(
    tokens.map((token) => {
      probe.style.color = `var(--${token})`;
      return [token, getComputedStyle(probe).color];
    }),
  ) as Record<Token, string>;
  probe.remove();
  return found;
}

export function lookOf(element: HTMLElement): Look {
  return coloursOf(element, ['paper', 'ink', 'line']);
}
