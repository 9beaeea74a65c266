"""Where a visit fits cheapest in a day: every gap of every route, in constant time each.

A capacity may be a price instead of a wall (`State.total`); so may the longest day where no hours bind.
"""

from __future__ import annotations

import numpy as np

from routes_planner.calendar.kernel_arrays import T_LONG_PRICE, T_OVER_PRICE, TINY, Model, State
from routes_planner.calendar.kernel_days import day_price
from routes_planner.calendar.kernel_random import draw
from routes_planner.calendar.kernel_routes import breaks_taken
from routes_planner.compiled import inlined


@inlined
def is_open(m: Model, s: State, i: int, route: int, length: int) -> bool:
    """May the route take one more stop, and this store's?"""
    if length + 1 > m.max_calls[route] or length + 3 >= s.stops.shape[1]:
        return False
    return not (m.barred.size > 1 and m.barred[i, route])


@inlined
def fine_for_load(m: Model, s: State, i: int, route: int, b: int) -> float:
    """What the load beyond the capacity costs that putting store i into the route adds; infinite where it is a wall."""
    over = s.load[b] + m.demand[i] - m.capacity[route]
    if over <= TINY:
        return 0.0
    return float(s.total[T_OVER_PRICE] * min(over, m.demand[i]))


@inlined
def minutes_added(m: Model, i: int, before: int, after: int, length: int) -> float:
    """Minutes that a visit between two places adds to a route of so many stops; a route without stops is not driven."""
    extra = m.minutes[before, i] + m.minutes[i, after] + m.service[i]
    if length > 0:
        extra -= m.minutes[before, after]
    return float(extra)


@inlined
def cheapest_untimed(m: Model, s: State, i: int, cell: int, blink: float) -> float:
    """Cheapest insertion of i among all routes of a cell when no hours bind; its place is left in State.best_…

    One function rather than several: it is where the search spends its time, and handing a state over is not free.
    """
    best = np.inf
    empty_seen = False
    long_price = s.total[T_LONG_PRICE]
    row_in, row_out = m.cost_in[i], m.cost[i]
    for route in range(m.routes_from[cell], m.routes_from[cell + 1]):
        b = 2 * route + s.side[route]
        length = s.length[b]
        if not m.like_previous[route]:
            empty_seen = False
        if length == 0:
            if empty_seen:
                continue
            empty_seen = True
        if not is_open(m, s, i, route, length):
            continue
        fine = fine_for_load(m, s, i, route, b)
        if fine >= best:
            continue
        spare = m.max_minutes[route] - s.route_minutes[b]
        stops, leg = s.stops[b], s.leg[b]
        before = stops[0]
        for k in range(length + 1):
            after = stops[k + 1]
            delta = row_in[before] + row_out[after] + fine
            if length > 0:
                delta -= leg[k]
            if delta < best and draw(s.random) >= blink:
                extra = minutes_added(m, i, before, after, length)
                if extra > spare + TINY:
                    delta += long_price * min(extra - spare, extra)
                if delta < best:
                    best = delta
                    s.best_route[cell], s.best_place[cell], s.best_work[cell] = route, k + 1, extra
            before = after
    return best


@inlined
def fits_timed(
    m: Model,
    s: State,
    b: int,
    route: int,
    k: int,
    i: int,
    service: float,
    opens: float,
    closes: float,
    home_by: float,
) -> float:
    """Minutes that putting i after position k in the given window adds, or infinity when it cannot be kept.

    Joins head, stop and tail in constant time (Vidal et al. 2013), no lateness allowed. home_by: when the day must be
    done because it lacks a break that is due later.
    """
    reach = s.head_minutes[b, k] + m.minutes[s.stops[b, k], i]
    if s.head_first[b, k] + reach > closes + TINY:
        return np.inf
    wait = max(opens - reach - s.head_last[b, k], 0.0)
    minutes = reach + wait + service
    first = max(opens - reach, s.head_first[b, k]) - wait
    last = min(closes - reach, s.head_last[b, k])
    reach = minutes + m.minutes[i, s.stops[b, k + 1]]
    if first + reach > s.tail_last[b, k + 1] + TINY:
        return np.inf
    wait = max(s.tail_first[b, k + 1] - reach - last, 0.0)
    minutes = reach + wait + s.tail_minutes[b, k + 1]
    first = max(s.tail_first[b, k + 1] - reach, first) - wait
    if first + minutes > home_by + TINY:
        return np.inf
    if minutes > m.max_minutes[route] + TINY:
        return np.inf
    return float(minutes - s.route_minutes[b])


@inlined
def start_after(m: Model, s: State, b: int, k: int, i: int, opens: float) -> float:
    """Earliest start at i when put after position k (timed models)."""
    return float(max(s.head_first[b, k] + s.head_minutes[b, k] + m.minutes[s.stops[b, k], i], opens))


@inlined
def done_by(m: Model, s: State, b: int, route: int, rest: int) -> float:
    """When a day must be done at the latest so that no break is due that it lacks, once break `rest` - 1 is taken."""
    if m.plain:
        return np.inf
    taken = breaks_taken(s, b)
    limit = np.inf
    for q in range(m.breaks_from[route], m.breaks_from[route + 1]):
        number = q - m.breaks_from[route]
        if not taken >> number & 1 and number != rest - 1:
            limit = min(limit, m.break_last[q])
    return float(limit)


@inlined
def try_window(
    m: Model,
    s: State,
    i: int,
    cell: int,
    route: int,
    k: int,
    window: int,
    rest: int,
    delta: float,
    best: float,
) -> float:
    """Improve `best` by putting i after position k in one window, taking break number `rest` - 1 there if above 0."""
    b = 2 * route + s.side[route]
    opens, closes = m.opens[window], m.closes[window]
    service = m.service[i]
    if rest > 0:
        q = m.breaks_from[route] + rest - 1
        opens = max(opens, m.break_first[q] - service)
        closes = min(closes, m.break_last[q] - service)
        service += m.break_minutes[q]
        if opens > closes:
            return best
    home_by = done_by(m, s, b, route, rest)
    extra = fits_timed(m, s, b, route, k, i, service, opens, closes, home_by)
    if extra == np.inf:
        return best
    price = delta + m.window_price[window]
    if m.same_time_price > 0.0 and s.usual[i] >= 0.0:
        drift = abs(start_after(m, s, b, k, i, opens) - s.usual[i])
        price += m.same_time_price * max(drift - 0.5 * m.same_time_slack, 0.0)
    if price < best:
        best = price
        s.best_route[cell], s.best_place[cell], s.best_work[cell] = route, k + 1, extra
        s.best_opens[cell], s.best_closes[cell] = opens, closes
        s.best_price[cell], s.best_break[cell] = m.window_price[window], rest
    return best


@inlined
def try_breaks(m: Model, s: State, i: int, cell: int, route: int, k: int, delta: float, best: float) -> float:
    """Improve `best` by putting i after position k with one of the breaks that the day still lacks."""
    b = 2 * route + s.side[route]
    taken = breaks_taken(s, b)
    hours = m.hours_of[i, cell]
    returns = s.head_first[b, s.length[b] + 1] + s.head_minutes[b, s.length[b] + 1]
    for q in range(m.breaks_from[route], m.breaks_from[route + 1]):
        rest = q - m.breaks_from[route] + 1
        if taken >> (rest - 1) & 1:
            continue
        price = delta
        if returns + m.break_minutes[q] > m.break_last[q]:
            price -= m.break_price
        for w in range(m.windows_from[hours], m.windows_from[hours + 1]):
            best = try_window(m, s, i, cell, route, k, w, rest, price, best)
    return best


@inlined
def search_route(m: Model, s: State, i: int, cell: int, route: int, best: float, blink: float) -> float:
    """Improve the best insertion of i in this cell by the places of one route."""
    b = 2 * route + s.side[route]
    length = s.length[b]
    if not is_open(m, s, i, route, length):
        return best
    fine = fine_for_load(m, s, i, route, b)
    if fine >= best:
        return best
    row_in = m.cost_in[i]
    row_out = m.cost[i]
    hours = m.hours_of[i, cell]
    for k in range(length + 1):
        delta = row_in[s.stops[b, k]] + row_out[s.stops[b, k + 1]] + fine
        if length > 0:
            delta -= s.leg[b, k]
        if (delta >= best and m.plain) or draw(s.random) < blink:
            continue
        for w in range(m.windows_from[hours], m.windows_from[hours + 1]):
            best = try_window(m, s, i, cell, route, k, w, 0, delta, best)
        if not m.plain:
            best = try_breaks(m, s, i, cell, route, k, delta, best)
    return best


@inlined
def cheapest_timed(m: Model, s: State, i: int, cell: int, blink: float) -> float:
    """Cheapest insertion of i among all routes of a cell; its place is left in State.best_…"""
    best = np.inf
    empty_seen = False
    for route in range(m.routes_from[cell], m.routes_from[cell + 1]):
        if not m.like_previous[route]:
            empty_seen = False
        if s.length[2 * route + s.side[route]] == 0:
            if empty_seen:
                continue
            empty_seen = True
        best = search_route(m, s, i, cell, route, best, blink)
    return best


@inlined
def search_cell(m: Model, s: State, i: int, cell: int, blink: float) -> float:
    """Cheapest insertion of i in a cell, what it does to the evenness of days included."""
    best = cheapest_timed(m, s, i, cell, blink) if m.timed else cheapest_untimed(m, s, i, cell, blink)
    if m.priced and best < np.inf:
        calls, work = s.cell_calls[cell], s.cell_work[cell]
        best += day_price(m, calls + 1.0, work + s.best_work[cell], cell) - day_price(m, calls, work, cell)
    return best
