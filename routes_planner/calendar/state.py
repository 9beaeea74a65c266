"""Fresh states of a search."""

from __future__ import annotations

import numpy as np

from routes_planner.calendar.kernel_arrays import COUNTS, T_LONG_PRICE, T_OVER_PRICE, TOTALS, Kept, State
from routes_planner.calendar.model import Compiled


def empty_state(c: Compiled, seed: int) -> State:
    """A state in which no store is served."""
    m = c.model
    routes, n, cells = len(c.shifts), len(c.stores), m.calls_least.size
    shape = (2 * routes, c.room)
    stops = np.zeros(shape, dtype=np.int32)
    stops[:, 0] = np.repeat(m.start, 2)
    stops[:, 1] = np.repeat(m.end, 2)
    random = np.array(
        [(seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64
    )
    random[0] = max(int(random[0]), 1)
    total = np.zeros(TOTALS)
    total[[T_OVER_PRICE, T_LONG_PRICE]] = np.inf
    return State(
        stops=stops,
        leg=np.zeros(shape),
        window_opens=np.zeros(shape),
        window_closes=np.zeros(shape),
        service_at=np.zeros(shape),
        price_at=np.zeros(shape),
        break_at=np.zeros(shape, dtype=np.int32),
        head_minutes=np.zeros(shape),
        head_first=np.zeros(shape),
        head_last=np.zeros(shape),
        tail_minutes=np.zeros(shape),
        tail_first=np.zeros(shape),
        tail_last=np.zeros(shape),
        length=np.zeros(2 * routes, dtype=np.int32),
        load=np.zeros(2 * routes),
        route_cost=np.zeros(2 * routes),
        route_minutes=np.zeros(2 * routes),
        route_over=np.zeros(2 * routes),
        route_long=np.zeros(2 * routes),
        side=np.zeros(routes, dtype=np.int32),
        touched=np.zeros(routes, dtype=np.int32),
        touched_mark=np.zeros(routes, dtype=np.int64),
        ruined_mark=np.zeros(routes, dtype=np.int64),
        route_at=np.full((n, cells), -1, dtype=np.int32),
        place_at=np.zeros((n, cells), dtype=np.int32),
        start_at=np.zeros((n, cells)),
        pattern=np.full(n, -1, dtype=np.int32),
        old_pattern=np.full(n, -1, dtype=np.int32),
        removed=np.zeros(n, dtype=np.int32),
        removed_mark=np.zeros(n, dtype=np.int64),
        order_key=np.zeros(max(n, c.room)),
        best_delta=np.zeros(cells),
        best_route=np.zeros(cells, dtype=np.int32),
        best_place=np.zeros(cells, dtype=np.int32),
        best_opens=np.zeros(cells),
        best_closes=np.zeros(cells),
        best_work=np.zeros(cells),
        best_price=np.zeros(cells),
        best_break=np.zeros(cells, dtype=np.int32),
        cell_calls=np.zeros(cells),
        cell_work=np.zeros(cells),
        usual=np.full(n, -1.0),
        spread=np.zeros(n),
        old_spread=np.zeros(n),
        spread_log=np.zeros(n, dtype=np.int32),
        spread_mark=np.zeros(n, dtype=np.int64),
        counts=np.zeros(COUNTS, dtype=np.int64),
        total=total,
        random=random,
    )


def empty_kept(c: Compiled) -> Kept:
    """Room for a solution put aside, holding the one that serves nobody."""
    routes = len(c.shifts)
    stops = np.zeros((routes, c.room), dtype=np.int32)
    stops[:, 0] = c.model.start
    stops[:, 1] = c.model.end
    shape = (routes, c.room)
    return Kept(
        stops=stops,
        length=np.zeros(routes, dtype=np.int32),
        window_opens=np.zeros(shape),
        window_closes=np.zeros(shape),
        service_at=np.zeros(shape),
        price_at=np.zeros(shape),
        break_at=np.zeros(shape, dtype=np.int32),
        pattern=np.full(len(c.stores), -1, dtype=np.int32),
    )


def copy_kept(kept: Kept) -> Kept:
    """A copy that later steps do not change."""
    return Kept(
        stops=kept.stops.copy(),
        length=kept.length.copy(),
        window_opens=kept.window_opens.copy(),
        window_closes=kept.window_closes.copy(),
        service_at=kept.service_at.copy(),
        price_at=kept.price_at.copy(),
        break_at=kept.break_at.copy(),
        pattern=kept.pattern.copy(),
    )
