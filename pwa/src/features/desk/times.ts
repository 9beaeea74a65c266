/** Minutes after midnight as `08:30`. */
export function clockTime(minute: number): string {
  const hours = String(Math.floor(minute / 60)).padStart(2, '0');
  return `${hours}:${String(minute % 60).padStart(2, '0')}`;
}

/** `08:30` as minutes after midnight; null for anything else. */
export function minuteOf(text: string): number | null {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim());
  return match ? Number(match[1]) * 60 + Number(match[2]) : null;
}

/** Today in a time zone, as `YYYY-MM-DD`. */
export function dayIn(timeZone: string, instant: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(instant);
}

/** Midnight of a day in a time zone, as an ISO instant: the offset is the zone's at that day's noon or a step beside it. */
export function midnight(day: string, timeZone: string): string {
  const guess = Date.parse(`${day}T00:00:00Z`);
  for (let minutes = -14 * 60; minutes <= 14 * 60; minutes += 15) {
    const instant = new Date(guess + minutes * 60_000);
    if (wallClock(instant, timeZone) === `${day} 00:00`) return instant.toISOString();
  }
  // A night that skips midnight (a few zones): the day begins when it begins.
  return new Date(guess).toISOString();
}

function wallClock(instant: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
    hourCycle: 'h23',
  }).formatToParts(instant);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}`;
}
