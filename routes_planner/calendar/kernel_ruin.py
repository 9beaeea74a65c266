"""Ruin: strings of neighbouring stops leave several days' routes at once (Christiaens and Vanden Berghe 2020).

All visits of a torn-out store leave together, so that its whole day pattern is free to change.
"""

from __future__ import annotations

from routes_planner.calendar.kernel_arrays import (
    C_ABSENT,
    C_REMOVED,
    C_STEP,
    C_TOUCHED,
    Ints,
    Model,
    Pace,
    State,
)
from routes_planner.calendar.kernel_days import recount_day
from routes_planner.calendar.kernel_random import draw, draw_below
from routes_planner.calendar.kernel_routes import note_places, refresh
from routes_planner.calendar.kernel_whole import take_out_store
from routes_planner.compiled import inlined


@inlined
def pick_visit(m: Model, s: State, i: int) -> int:
    """A random cell of store i whose route has not lost a string in this step, or -1."""
    p = s.pattern[i]
    first = m.cells_from[p]
    n = m.cells_from[p + 1] - first
    offset = draw_below(s.random, n)
    for z in range(n):
        cell = m.cells[first + (offset + z) % n]
        if s.ruined_mark[s.route_at[i, cell]] != s.counts[C_STEP]:
            return int(cell)
    return -1


@inlined
def take_string(m: Model, s: State, pace: Pace, i: int, cell: int, longest: float) -> None:
    """Take a string of stops that holds store i out of one route, sparing some stops inside it now and then."""
    route = s.route_at[i, cell]
    s.ruined_mark[route] = s.counts[C_STEP]
    b = 2 * route + s.side[route]
    n = s.length[b]
    k = min(s.place_at[i, cell], n)
    while s.stops[b, k] != i:
        k -= 1
    take = 1 + int(draw(s.random) * min(float(n), longest))
    take = min(take, n)
    spared = 0
    if take > 1 and take < n and draw(s.random) < pace.split_chance:
        spared = 1
        while take + spared < n and draw(s.random) > pace.split_stop:
            spared += 1
    span = take + spared
    low = max(1, k - span + 1)
    high = min(k, n - span + 1)
    begin = low + draw_below(s.random, high - low + 1)
    spare_from = begin + take
    if spared > 0:
        spare_from = begin + 1 + draw_below(s.random, take)
    # the list is read before anything is taken: taking shifts positions
    m_taken = 0
    for q in range(begin, begin + span):
        if spare_from <= q < spare_from + spared and s.stops[b, q] != i:
            continue
        s.order_key[m_taken] = s.stops[b, q]
        m_taken += 1
    for q in range(m_taken):
        take_out_store(m, s, int(s.order_key[q]))


@inlined
def take_strings(m: Model, s: State, pace: Pace, seed: int, visits: int, open_routes: int) -> None:
    """Strings around a store, each out of another route."""
    longest = min(float(1 + draw_below(s.random, pace.longest_string)), visits / max(open_routes, 1))
    most = 4.0 * pace.mean_removed / (1.0 + longest) - 1.0
    strings = int(draw(s.random) * most + 1.0)
    done = 0
    for z in range(-1, m.near.shape[1]):
        if done >= strings:
            break
        i = seed if z < 0 else m.near[seed, z]
        if s.removed_mark[i] == s.counts[C_STEP] or s.pattern[i] < 0:
            continue
        cell = pick_visit(m, s, i)
        if cell < 0:
            continue
        take_string(m, s, pace, i, cell, longest)
        done += 1


@inlined
def settle(m: Model, s: State, cell_of: Ints) -> None:
    """Bring the routes from which stops were taken up to date."""
    for q in range(s.counts[C_TOUCHED]):
        route = s.touched[q]
        refresh(m, s, route)
        note_places(s, route, cell_of[route])
    if m.priced:
        for q in range(s.counts[C_TOUCHED]):
            recount_day(m, s, cell_of[s.touched[q]])


@inlined
def ruin(m: Model, s: State, pace: Pace, cell_of: Ints, visits: int, open_routes: int) -> None:
    """Tear out some stores, all absent ones included, and bring the routes up to date."""
    n = s.pattern.size
    step = s.counts[C_STEP]
    seed = draw_below(s.random, n)
    take_strings(m, s, pace, seed, visits, open_routes)
    if s.counts[C_ABSENT] > 0:
        for i in range(n):
            if s.pattern[i] < 0 and s.removed_mark[i] != step:
                take_out_store(m, s, i)
    settle(m, s, cell_of)


@inlined
def order_removed(m: Model, s: State) -> None:
    """The order in which removed stores are put back: random, by demand, far or near first, often-visited first."""
    kind = draw_below(s.random, 12)
    count = s.counts[C_REMOVED]
    home = m.start[0]
    for q in range(count):
        i = s.removed[q]
        if kind < 4:
            key = draw(s.random)
        elif kind < 7:
            key = -m.demand[i]
        elif kind < 9:
            key = -m.cost[home, i]
        elif kind < 10:
            key = m.cost[home, i]
        else:
            p = m.pattern_from[i]
            key = -float(m.cells_from[p + 1] - m.cells_from[p])
        s.order_key[q] = key
    for q in range(1, count):  # insertion sort: the list is short
        i = s.removed[q]
        key = s.order_key[q]
        z = q - 1
        while z >= 0 and s.order_key[z] > key:
            s.order_key[z + 1] = s.order_key[z]
            s.removed[z + 1] = s.removed[z]
            z -= 1
        s.order_key[z + 1] = key
        s.removed[z + 1] = i
