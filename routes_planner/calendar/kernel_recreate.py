"""Recreate: each removed store tries every allowed day pattern and takes the cheapest (Vidal et al. 2012's
pattern improvement inside the greedy insertion of Christiaens and Vanden Berghe 2020)."""

from __future__ import annotations

import numpy as np

from routes_planner.calendar.kernel_arrays import C_ABSENT, C_REMOVED, T_COST, Model, State
from routes_planner.calendar.kernel_days import set_day
from routes_planner.calendar.kernel_insert import search_cell
from routes_planner.calendar.kernel_routes import put_in
from routes_planner.compiled import compiled, inlined


@inlined
def put_back(m: Model, s: State, i: int, blink: float) -> bool:
    """Serve store i by its cheapest pattern. False when no pattern has room: it then counts as absent."""
    s.best_delta[:] = -np.inf  # not yet looked for
    best = np.inf
    chosen = -1
    for p in range(m.pattern_from[i], m.pattern_from[i + 1]):
        price = m.pattern_price[p]
        for q in range(m.cells_from[p], m.cells_from[p + 1]):
            cell = m.cells[q]
            if s.best_delta[cell] == -np.inf:
                s.best_delta[cell] = search_cell(m, s, i, cell, blink)
            price += s.best_delta[cell]
            if price >= best:
                break
        if price < best:
            best = price
            chosen = p
    s.pattern[i] = chosen
    if chosen < 0:
        s.counts[C_ABSENT] += 1
        s.total[T_COST] += m.absence_price[i]
        return False
    serve(m, s, i, chosen)
    return True


@inlined
def serve(m: Model, s: State, i: int, chosen: int) -> None:
    """Put all visits of store i where `search_cell` found them cheapest in the cells of a pattern."""
    s.pattern[i] = chosen
    s.total[T_COST] += m.pattern_price[chosen]
    for q in range(m.cells_from[chosen], m.cells_from[chosen + 1]):
        cell = m.cells[q]
        route = s.best_route[cell]
        work = s.route_minutes[2 * route + s.side[route]]
        put_in(m, s, i, cell)
        if m.priced:
            work = s.route_minutes[2 * route + s.side[route]] - work
            set_day(m, s, cell, s.cell_calls[cell] + 1.0, s.cell_work[cell] + work)


@compiled
def put_back_as(m: Model, s: State, i: int, p: int) -> bool:
    """Serve store i by pattern p if there is room. False leaves it unserved and uncounted."""
    for q in range(m.cells_from[p], m.cells_from[p + 1]):
        if search_cell(m, s, i, m.cells[q], 0.0) == np.inf:
            return False
    serve(m, s, i, p)
    return True


@inlined
def recreate(m: Model, s: State, blink: float) -> None:
    for q in range(s.counts[C_REMOVED]):
        put_back(m, s, s.removed[q], blink)
