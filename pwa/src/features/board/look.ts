import type { Look } from './drawn-map';

/** The theme's colours as the map takes them: it knows no custom properties. */
export function lookOf(element: HTMLElement): Look {
  // Resolved through a property that takes colours: the tokens are light-dark() pairs.
  const probe = document.createElement('span');
  element.append(probe);
  const colour = (token: string) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color;
  };
  const look = { paper: colour('--paper'), ink: colour('--ink'), line: colour('--line') };
  probe.remove();
  return look;
}
