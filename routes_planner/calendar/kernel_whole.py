"""Whole solutions: all visits of a store, a step undone, a solution put aside and taken up again."""

from __future__ import annotations

from routes_planner.calendar.kernel_arrays import (
    C_ABSENT,
    C_REMOVED,
    C_SPREADS,
    C_STEP,
    C_TOUCHED,
    T_COST,
    T_LONG,
    T_OVER,
    Ints,
    Kept,
    Model,
    State,
)
from routes_planner.calendar.kernel_days import day_price, recount_day
from routes_planner.calendar.kernel_routes import note_places, refresh, take_out
from routes_planner.compiled import compiled, inlined


@inlined
def take_out_store(m: Model, s: State, i: int) -> None:
    """Take all visits of a store out together and put it on the list of removed ones."""
    p = s.pattern[i]
    s.old_pattern[i] = p
    s.removed[s.counts[C_REMOVED]] = i
    s.counts[C_REMOVED] += 1
    s.removed_mark[i] = s.counts[C_STEP]
    if p < 0:
        s.total[T_COST] -= m.absence_price[i]
        s.counts[C_ABSENT] -= 1
        return
    for q in range(m.cells_from[p], m.cells_from[p + 1]):
        take_out(m, s, i, m.cells[q])
    s.total[T_COST] -= m.pattern_price[p]
    s.pattern[i] = -1


@compiled
def undo(m: Model, s: State, cell_of: Ints, cost: float, over: float, long: float) -> None:
    """Return to the solution before this step."""
    for q in range(s.counts[C_REMOVED]):
        i = s.removed[q]
        p = s.pattern[i]
        if p >= 0:
            for z in range(m.cells_from[p], m.cells_from[p + 1]):
                s.route_at[i, m.cells[z]] = -1
        s.pattern[i] = s.old_pattern[i]
    for q in range(s.counts[C_TOUCHED]):
        route = s.touched[q]
        s.side[route] = 1 - s.side[route]
        note_places(s, route, cell_of[route])
    if m.priced:
        for q in range(s.counts[C_TOUCHED]):
            recount_day(m, s, cell_of[s.touched[q]])
        for q in range(s.counts[C_SPREADS]):
            i = s.spread_log[q]
            s.spread[i] = s.old_spread[i]
    s.total[T_COST] = cost
    s.total[T_OVER] = over
    s.total[T_LONG] = long


@compiled
def put_aside(m: Model, s: State, kept: Kept) -> None:
    for route in range(s.side.size):
        b = 2 * route + s.side[route]
        n = s.length[b]
        kept.length[route] = n
        for k in range(n + 2):
            kept.stops[route, k] = s.stops[b, k]
            if not m.timed:
                continue
            kept.window_opens[route, k] = s.window_opens[b, k]
            kept.window_closes[route, k] = s.window_closes[b, k]
            kept.service_at[route, k] = s.service_at[b, k]
            kept.price_at[route, k] = s.price_at[b, k]
            kept.break_at[route, k] = s.break_at[b, k]
    for i in range(s.pattern.size):
        kept.pattern[i] = s.pattern[i]


@compiled
def take_up(m: Model, s: State, kept: Kept, cell_of: Ints) -> None:
    """Make a solution that was put aside the live one; all derived figures are computed afresh."""
    s.route_at[:] = -1
    s.total[T_COST] = 0.0
    s.total[T_OVER] = 0.0
    s.total[T_LONG] = 0.0
    s.counts[C_ABSENT] = 0
    s.cell_calls[:] = 0.0
    s.cell_work[:] = 0.0
    for route in range(s.side.size):
        b = 2 * route + s.side[route]
        n = kept.length[route]
        s.length[b] = n
        s.load[b] = 0.0
        for k in range(n + 2):
            s.stops[b, k] = kept.stops[route, k]
            s.window_opens[b, k] = kept.window_opens[route, k]
            s.window_closes[b, k] = kept.window_closes[route, k]
            s.service_at[b, k] = kept.service_at[route, k]
            s.price_at[b, k] = kept.price_at[route, k]
            s.break_at[b, k] = kept.break_at[route, k]
        for k in range(1, n + 1):
            s.load[b] += m.demand[kept.stops[route, k]]
        s.route_cost[b] = 0.0
        s.route_over[b] = 0.0
        s.route_long[b] = 0.0
        refresh(m, s, route)
        note_places(s, route, cell_of[route])
    for i in range(s.pattern.size):
        p = kept.pattern[i]
        s.pattern[i] = p
        if p < 0:
            s.counts[C_ABSENT] += 1
            s.total[T_COST] += m.absence_price[i]
        else:
            s.total[T_COST] += m.pattern_price[p]
    for cell in range(s.cell_calls.size):
        s.total[T_COST] += day_price(m, 0.0, 0.0, cell)
        recount_day(m, s, cell)
