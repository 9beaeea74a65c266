"""The arrays that the calendar search works on. All numbering is dense and from zero.

`Model` never changes during a search; `State` is one solution under change, with room to undo the last step.
Every route has two buffers (`2 * route + side[route]` is the live one): a step first copies the live buffer over the
other and works there, so undoing it is a flip of `side`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


TINY = 1e-7  # minutes and cost units that rounding may eat


class Model(NamedTuple):
    """Stores 0…n-1 come first among locations; then starts and ends of routes."""

    cost: Floats  # (locations, locations) what is minimised
    cost_in: Floats  # its transpose: cost_in[i, j] = cost from j to i
    minutes: Floats  # (locations, locations) travel time
    service: Floats  # (n,)
    demand: Floats  # (n,)
    near: Ints  # (n, k) other stores, nearest first
    # day patterns: those of store i are pattern_from[i]…pattern_from[i + 1]
    pattern_from: Ints  # (n + 1,)
    pattern_price: Floats  # (patterns,)
    cells_from: Ints  # (patterns + 1,)
    cells: Ints  # flat list of cells; a cell is a day, or a rep's day
    # opening hours: set hours_of[i, cell]; its windows are windows_from[set]…windows_from[set + 1]
    hours_of: Ints  # (n, cells)
    windows_from: Ints
    opens: Floats
    closes: Floats
    window_price: Floats  # what starting in this window costs besides travel (a late band, for one)
    # breaks of a route: breaks_from[route]…breaks_from[route + 1]; at most 30 a route
    breaks_from: Ints  # (routes + 1,)
    break_minutes: Floats
    break_first: Floats  # start no earlier, no later; due on days that end after break_last
    break_last: Floats
    break_price: float  # a day that lacks a due break
    # routes: those of cell c are routes_from[c]…routes_from[c + 1]
    routes_from: Ints  # (cells + 1,)
    start: Ints  # (routes,) location
    end: Ints
    capacity: Floats
    max_minutes: Floats
    max_calls: Ints
    shift_opens: Floats
    shift_closes: Floats
    like_previous: NDArray[np.bool_]  # (routes,) same cell and same terms as the route before
    barred: NDArray[np.bool_]  # (n, routes) or (1, 1) when nobody is barred from anything
    plain: bool  # no breaks and no priced windows
    timed: bool  # opening hours or shifts bind: O(1) joining of segments is needed
    priced: bool  # balance or same-time prices are in use
    calls_least: Floats  # (cells,) calls a day outside [least, most] cost `calls_price` × excess²
    calls_most: Floats
    calls_price: float
    work_most: Floats  # (cells,) minutes beyond this cost `work_price` × excess²
    work_price: float
    same_time_price: float  # a minute that a store's earliest and latest start differ beyond the slack
    same_time_slack: float
    absence_price: Floats  # (n,)


class State(NamedTuple):
    """One solution. Buffers have 2 rows a route and room for the longest route."""

    stops: Ints  # (2R, room) stops[b, 0] = start, stops[b, length + 1] = end
    leg: Floats  # (2R, room) leg[b, k] = cost from position k to k + 1
    window_opens: Floats  # (2R, room) the chosen window of each stop
    window_closes: Floats
    service_at: Floats  # (2R, room) minutes spent there, a break taken there included
    price_at: Floats  # (2R, room) price of the chosen window
    break_at: (
        Ints  # (2R, room) 1 + number of the break taken after service there, among its route's; 0 = none
    )
    head_minutes: Floats  # joined segment of positions 0…k
    head_first: Floats
    head_last: Floats
    tail_minutes: Floats  # joined segment of positions k…end
    tail_first: Floats
    tail_last: Floats
    length: Ints  # (2R,)
    load: Floats
    route_cost: Floats
    route_minutes: Floats  # travel + service (untimed) or least duration (timed)
    route_over: Floats  # load beyond the capacity
    route_long: Floats  # minutes beyond the longest day
    side: Ints  # (R,)
    touched: Ints  # (R,) routes changed in this step
    touched_mark: NDArray[np.int64]
    ruined_mark: NDArray[np.int64]
    route_at: Ints  # (n, cells) route or -1
    place_at: Ints  # (n, cells) position
    start_at: Floats  # (n, cells) earliest start (kept when same_time_price > 0)
    pattern: Ints  # (n,) or -1 = not served
    old_pattern: Ints
    removed: Ints  # (n,)
    removed_mark: NDArray[np.int64]
    order_key: Floats  # (n,)
    best_delta: Floats  # (cells,) cheapest insertion of the store at hand
    best_route: Ints
    best_place: Ints
    best_opens: Floats
    best_closes: Floats
    best_work: Floats
    best_price: Floats
    best_break: Ints
    cell_calls: Floats  # (cells,)
    cell_work: Floats
    usual: Floats  # (n,) usual start of a store's visits
    spread: Floats  # (n,) latest minus earliest start of a store's visits, beyond the slack
    old_spread: Floats
    spread_log: Ints
    spread_mark: NDArray[np.int64]
    counts: NDArray[np.int64]  # see C_… below
    total: Floats  # see T_… below
    random: NDArray[np.uint64]


# places in State.counts
C_STEP, C_TOUCHED, C_REMOVED, C_ABSENT, C_ACCEPTED, C_SPREADS = 0, 1, 2, 3, 4, 5
C_LIGHT, C_SHORT = (
    6,
    7,
)  # steps since prices were last adapted that ended within capacity, within the longest day
COUNTS = 8
# places in State.total
T_COST, T_BEST, T_TEMPERATURE = 0, 1, 2
T_OVER, T_LONG = 3, 4  # load beyond capacities and minutes beyond longest days, all routes
T_OVER_PRICE, T_LONG_PRICE = 5, 6  # what a unit of these costs; infinite = limits are hard
T_OVER_LEAST, T_LONG_LEAST = 7, 8  # no price falls below these
TOTALS = 9


class Kept(NamedTuple):
    """A solution put aside."""

    stops: Ints  # (R, room)
    length: Ints
    window_opens: Floats
    window_closes: Floats
    service_at: Floats
    price_at: Floats
    break_at: Ints
    pattern: Ints


class Pace(NamedTuple):
    """How much a step tears out, and how greedy it puts back (Christiaens and Vanden Berghe 2020)."""

    mean_removed: float
    longest_string: int
    split_chance: float
    split_stop: float
    blink: float
    keep_least: float  # shares of steps that should end within the limits
    keep_most: float
