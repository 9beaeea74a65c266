/** A route's colour: hues a golden angle apart, so that neighbours in the list differ most. Its code stands beside it. */
export function routeColour(place: number, isDark: boolean): string {
  const hue = Math.round((place * 137.508 + 215) % 360);
  const lightness = (isDark ? 68 : 40) + (place % 3) * 5;
  return `hsl(${hue}, ${isDark ? 70 : 62}%, ${lightness}%)`;
}
