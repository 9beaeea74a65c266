"""Fresh states of a search."""

from __future__ import annotations

from typing import Any

import numpy as np

from routes_planner.calendar.kernel_arrays import COUNTS, T_LONG_PRICE, T_OVER_PRICE, TOTALS, Kept, State
from routes_planner.calendar.model import Compiled


def _positions(c: Compiled) -> dict[str, Any]:
    """Two buffers a route, with room for the longest."""
    shape = (2 * len(c.shifts), c.room)
    stops = np.zeros(shape, dtype=np.int32)
    stops[:, 0] = np.repeat(c.model.start, 2)
    stops[:, 1] = np.repeat(c.model.end, 2)
    floats = ("leg", "window_opens", "window_closes", "service_at", "price_at")
    joined = (f"{part}_{what}" for part in ("head", "tail") for what in ("minutes", "first", "last"))
    empty = {name: np.zeros(shape) for name in (*floats, *joined)}
    return {"stops": stops, "break_at": np.zeros(shape, dtype=np.int32), **empty}


def _routes(routes: int) -> dict[str, Any]:
    floats = ("load", "route_cost", "route_minutes", "route_over", "route_long")
    return {
        "length": np.zeros(2 * routes, dtype=np.int32),
        **{name: np.zeros(2 * routes) for name in floats},
        **{name: np.zeros(routes, dtype=np.int32) for name in ("side", "touched")},
        **{name: np.zeros(routes, dtype=np.int64) for name in ("touched_mark", "ruined_mark")},
    }


def _stores(n: int, cells: int, room: int) -> dict[str, Any]:
    return {
        "route_at": np.full((n, cells), -1, dtype=np.int32),
        "place_at": np.zeros((n, cells), dtype=np.int32),
        "start_at": np.zeros((n, cells)),
        **{name: np.full(n, -1, dtype=np.int32) for name in ("pattern", "old_pattern")},
        **{name: np.zeros(n, dtype=np.int32) for name in ("removed", "spread_log")},
        **{name: np.zeros(n, dtype=np.int64) for name in ("removed_mark", "spread_mark")},
        **{name: np.zeros(n) for name in ("spread", "old_spread")},
        "usual": np.full(n, -1.0),
        "order_key": np.zeros(max(n, room)),
    }


def _cells(cells: int) -> dict[str, Any]:
    floats = ("best_delta", "best_opens", "best_closes", "best_work", "best_price", "cell_calls", "cell_work")
    numbers = ("best_route", "best_place", "best_break")
    return {
        **{name: np.zeros(cells) for name in floats},
        **{name: np.zeros(cells, dtype=np.int32) for name in numbers},
    }


def empty_state(c: Compiled, seed: int) -> State:
    """A state in which no store is served."""
    cells = c.model.calls_least.size
    random = np.array(
        [(seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64
    )
    random[0] = max(int(random[0]), 1)
    total = np.zeros(TOTALS)
    total[[T_OVER_PRICE, T_LONG_PRICE]] = np.inf
    return State(
        counts=np.zeros(COUNTS, dtype=np.int64),
        total=total,
        random=random,
        **_positions(c),
        **_routes(len(c.shifts)),
        **_stores(len(c.stores), cells, c.room),
        **_cells(cells),
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
