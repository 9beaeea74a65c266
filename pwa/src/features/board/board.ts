import { computed, shallowRef } from 'vue';
import { ask, type Asked } from '@/features/desk/ask';
import {
  BoardSchema,
  ChangeSchema,
  type BoardAnswer,
  type BoardChange,
  type Breach,
  type Line,
  type RouteFigures,
} from './schemas';

/** An edit as the server knows it (server/domain/plans.py). */
export interface Edit {
  kind: 'move' | 'lock' | 'unlock';
  outlet_ids: number[];
  from_weekday?: number | null;
  route_id?: number | null;
  weekday?: number | null;
  place?: number | null;
}

/** A day of a route on the board. */
export interface Cell {
  route: number;
  weekday: number;
}

/** The board with an edit's answer laid over it: only the routes that it touched differ. */
export function overlay(board: BoardAnswer, change: BoardChange): BoardAnswer {
  const touched = new Set(change.touched);
  const keep = <T>(own: readonly T[], routeOf: (one: T) => number, fresh: readonly T[]): T[] => [
    ...own.filter((one) => !touched.has(routeOf(one))),
    ...fresh,
  ];
  return {
    ...board,
    ...change,
    lines: keep<Line>(board.lines, (line) => line.route, change.lines),
    figures: keep<RouteFigures>(board.figures, (one) => one.route_id, change.figures),
    breaches: keep<Breach>(board.breaches, (one) => one.route_id, change.breaches),
  };
}

export function linesOf(lines: readonly Line[], cell: Cell): Line[] {
  return lines
    .filter((line) => line.route === cell.route && line.weekday === cell.weekday)
    .sort((a, b) => a.sequence - b.sequence);
}

/** One version on the board: what it shows, and the deeds that change it. */
export function useBoard(versionId: () => number) {
  const board = shallowRef<BoardAnswer | null>(null);
  const error = shallowRef<string | null>(null);
  const busy = shallowRef(false);
  let newest = 0;

  async function load(): Promise<void> {
    const mine = ++newest;
    busy.value = true;
    const answer = await ask(BoardSchema, 'GET', `/plans/versions/${versionId()}/board`, {
      timeoutMs: 60_000,
    });
    if (mine !== newest) return;
    busy.value = false;
    if (answer.ok) board.value = answer.data;
    error.value = answer.ok ? null : answer.words;
  }

  async function change(path: string, body: Record<string, unknown>): Promise<Asked<BoardChange>> {
    const revision = board.value?.revision ?? 0;
    busy.value = true;
    const answer = await ask(ChangeSchema, 'POST', `/plans/versions/${versionId()}/${path}`, {
      body: { ...body, revision },
    });
    busy.value = false;
    if (answer.ok && board.value) board.value = overlay(board.value, answer.data);
    else if (!answer.ok && answer.code === 'plan_changed') await load();
    return answer;
  }

  return {
    board,
    error,
    busy,
    load,
    edit: (edit: Edit) => change('edits', { ...edit }),
    undo: () => change('undo', {}),
    redo: () => change('undo', { redo: true }),
    outlets: computed(() => new Map((board.value?.outlets ?? []).map((one) => [one.id, one]))),
    routes: computed(() => new Map((board.value?.routes ?? []).map((one) => [one.id, one]))),
    figures: computed(() => new Map((board.value?.figures ?? []).map((one) => [one.route_id, one]))),
    locked: computed(() => new Set(board.value?.locked ?? [])),
    moved: computed(() => new Set(board.value?.moves ?? [])),
  };
}
export type BoardState = ReturnType<typeof useBoard>;
