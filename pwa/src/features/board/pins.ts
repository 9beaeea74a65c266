import { computed, type ComputedRef, type Ref } from 'vue';
import type { Pin } from './BoardMap.vue';
import type { Cell } from './board';
import type { Row } from './DayList.vue';
import type { BoardAnswer, BoardOutlet, BoardRoute, Line } from './schemas';

interface Shown {
  board: Readonly<Ref<BoardAnswer | null>>;
  routes: ComputedRef<readonly (BoardRoute & { colour: string })[]>;
  rows: ComputedRef<readonly Row[]>;
  cell: Ref<Cell | null>;
  onlyRoute: ComputedRef<number | null>;
  onlyDay: ComputedRef<number | null>;
  chosen: Ref<ReadonlySet<number>>;
  moved: ComputedRef<ReadonlySet<number>>;
  outlets: ComputedRef<ReadonlyMap<number, BoardOutlet>>;
}

/** What has no route. */
const grey = '#8a8f98';

/** The stores as the map shows them: coloured by route, faint where a filter leaves them out; and the chosen day's way. */
export function usePins(shown: Shown) {
  const colours = computed(() => new Map(shown.routes.value.map((route) => [route.id, route.colour])));
  const linesOf = computed(() => {
    const found = new Map<number, Line[]>();
    for (const line of shown.board.value?.lines ?? [])
      found.set(line.outlet, [...(found.get(line.outlet) ?? []), line]);
    return found;
  });
  const pins = computed<Pin[]>(() =>
    [...shown.outlets.value.values()].map((outlet) => {
      const lines = linesOf.value.get(outlet.id) ?? [];
      const isIn = lines.some(
        (line) =>
          (shown.onlyRoute.value === null || line.route === shown.onlyRoute.value) &&
          (shown.onlyDay.value === null || line.weekday === shown.onlyDay.value),
      );
      const isFiltered = shown.onlyRoute.value !== null || shown.onlyDay.value !== null;
      return {
        outlet,
        colour: colours.value.get(lines[0]?.route ?? 0) ?? grey,
        isFaint: isFiltered && !isIn,
        isChosen: shown.chosen.value.has(outlet.id),
        isMoved: shown.moved.value.has(outlet.id),
      };
    }),
  );
  return {
    pins,
    way: computed(() => shown.rows.value.map((row) => row.outlet)),
    wayColour: computed(() => colours.value.get(shown.cell.value?.route ?? 0) ?? grey),
  };
}
