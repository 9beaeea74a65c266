"""Annealed ruin and recreate: the loop."""

from __future__ import annotations

import numpy as np

from routes_planner.calendar.kernel_arrays import (
    C_ABSENT,
    C_ACCEPTED,
    C_REMOVED,
    C_SPREADS,
    C_STEP,
    C_TOUCHED,
    T_BEST,
    T_COST,
    T_LONG,
    T_OVER,
    T_TEMPERATURE,
    Ints,
    Kept,
    Model,
    Pace,
    State,
)
from routes_planner.calendar.kernel_prices import adapt_prices, keeps_limits, priced_cost
from routes_planner.calendar.kernel_random import draw, draw_below
from routes_planner.calendar.kernel_recreate import put_back, put_back_as, recreate
from routes_planner.calendar.kernel_ruin import order_removed, ruin, settle
from routes_planner.calendar.kernel_whole import put_aside, take_out_store, undo
from routes_planner.compiled import compiled, inlined


@compiled
def note_starts(m: Model, s: State, route: int, cell: int) -> None:
    """Earliest starts along a route; the shift begins at its opening."""
    b = 2 * route + s.side[route]
    t = m.shift_opens[route]
    for k in range(1, s.length[b] + 1):
        i = s.stops[b, k]
        t = max(t + m.minutes[s.stops[b, k - 1], i], s.window_opens[b, k])
        s.start_at[i, cell] = t
        t += s.service_at[b, k]


@compiled
def spread_of(m: Model, s: State, i: int) -> float:
    """Minutes between a store's earliest and latest start in the cycle, beyond the slack."""
    p = s.pattern[i]
    if p < 0:
        return 0.0
    low, high = np.inf, -np.inf
    for q in range(m.cells_from[p], m.cells_from[p + 1]):
        t = s.start_at[i, m.cells[q]]
        low = min(low, t)
        high = max(high, t)
    if high < low:
        return 0.0
    return max(high - low - m.same_time_slack, 0.0)


@compiled
def price_spreads(m: Model, s: State, cell_of: Ints) -> None:
    """Bring the same-time price of every store on a touched route up to date."""
    step = s.counts[C_STEP]
    for q in range(s.counts[C_TOUCHED]):
        route = s.touched[q]
        note_starts(m, s, route, cell_of[route])
    for q in range(s.counts[C_TOUCHED]):
        route = s.touched[q]
        b = 2 * route + s.side[route]
        for k in range(1, s.length[b] + 1):
            i = s.stops[b, k]
            if s.spread_mark[i] == step:
                continue
            s.spread_mark[i] = step
            s.old_spread[i] = s.spread[i]
            s.spread_log[s.counts[C_SPREADS]] = i
            s.counts[C_SPREADS] += 1
            s.spread[i] = spread_of(m, s, i)
            s.total[T_COST] += m.same_time_price * (s.spread[i] - s.old_spread[i])


@compiled
def price_all_spreads(m: Model, s: State, cell_of: Ints) -> None:
    """The same-time price from nothing, and each store's usual time of day."""
    for route in range(s.side.size):
        note_starts(m, s, route, cell_of[route])
    for i in range(s.pattern.size):
        s.spread[i] = spread_of(m, s, i)
        s.total[T_COST] += m.same_time_price * s.spread[i]
        note_usual(m, s, i)


@compiled
def note_usual(m: Model, s: State, i: int) -> None:
    p = s.pattern[i]
    if p < 0:
        return
    mean = 0.0
    for q in range(m.cells_from[p], m.cells_from[p + 1]):
        mean += s.start_at[i, m.cells[q]]
    s.usual[i] = mean / (m.cells_from[p + 1] - m.cells_from[p])


@compiled
def restore_starts(m: Model, s: State, cell_of: Ints) -> None:
    for q in range(s.counts[C_TOUCHED]):
        route = s.touched[q]
        note_starts(m, s, route, cell_of[route])


@inlined
def open_step(s: State) -> None:
    s.counts[C_STEP] += 1
    s.counts[C_TOUCHED] = 0
    s.counts[C_REMOVED] = 0
    s.counts[C_SPREADS] = 0


@compiled
def anneal(m: Model, s: State, pace: Pace, cell_of: Ints, kept: Kept, steps: int, cooling: float) -> None:
    """Run `steps` steps from the live solution; the best seen is kept in `kept`.

    A worse solution is accepted when it costs less than the live one plus temperature × -ln(draw). The course depends
    on the state alone, so cutting it into pieces changes nothing.
    """
    same_time = m.same_time_price > 0.0
    for _ in range(steps):
        open_step(s)
        cost, over, long = s.total[T_COST], s.total[T_OVER], s.total[T_LONG]
        before = priced_cost(s)
        absent = s.counts[C_ABSENT]
        visits = 0
        routes = 0
        for route in range(s.side.size):
            n = s.length[2 * route + s.side[route]]
            visits += n
            routes += n > 0
        ruin(m, s, pace, cell_of, visits, routes)
        order_removed(m, s)
        recreate(m, s, pace.blink)
        if same_time:
            price_spreads(m, s, cell_of)
        after = priced_cost(s)
        if after < before - s.total[T_TEMPERATURE] * np.log(1.0 - draw(s.random)):
            s.counts[C_ACCEPTED] += 1
            if same_time:
                for q in range(s.counts[C_SPREADS]):
                    note_usual(m, s, s.spread_log[q])
            if keeps_limits(s) and s.total[T_COST] < s.total[T_BEST] - 1e-9:
                s.total[T_BEST] = s.total[T_COST]
                put_aside(m, s, kept)
        else:
            undo(m, s, cell_of, cost, over, long)
            s.counts[C_ABSENT] = absent
            if same_time:
                restore_starts(m, s, cell_of)
        s.total[T_TEMPERATURE] *= cooling
        adapt_prices(s, pace)


@compiled
def cross(m: Model, s: State, cell_of: Ints, other: Kept) -> None:
    """Turn the live solution into a child of itself and another: around a random store, half of the stores whose days
    differ take the other's days (the idea of Vidal et al. 2012's crossover, made local)."""
    open_step(s)
    n = s.pattern.size
    differ = 0
    for i in range(n):
        differ += s.pattern[i] != other.pattern[i]
    wanted = max(1, differ // 2)
    seed = draw_below(s.random, n)
    for z in range(-1, m.near.shape[1]):
        i = seed if z < 0 else m.near[seed, z]
        if wanted > 0 and s.pattern[i] != other.pattern[i] and other.pattern[i] >= 0:
            take_out_store(m, s, i)
            wanted -= 1
    settle(m, s, cell_of)
    for q in range(s.counts[C_REMOVED]):
        i = s.removed[q]
        if not put_back_as(m, s, i, other.pattern[i]):
            put_back(m, s, i, 0.0)
