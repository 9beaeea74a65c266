import { scroller } from '@/features/shell/scroller';

/** Brings a row between the bar above and the bar or keypad below, whatever the size of the text; one row of air. */
export function reveal(row: Element | null): void {
  if (!row) return;
  const { top, bottom, height } = row.getBoundingClientRect();
  const ceiling = (document.querySelector('.visit .ui-app-bar')?.getBoundingClientRect().bottom ?? 0) + 40;
  const dock = document.querySelector('.visit .ui-keypad, .visit .ui-action-bar');
  const floor = dock?.getBoundingClientRect().top ?? window.innerHeight;
  if (top < ceiling) scroller()?.scrollBy(0, top - ceiling);
  else if (bottom > floor) scroller()?.scrollBy(0, bottom - floor + height);
}
