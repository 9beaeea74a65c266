"""Recreate: each removed store tries every allowed day pattern and takes the cheapest (Vidal et al. 2012's
pattern improvement inside the greedy insertion of Christiaens and Vanden Berghe 2020)."""

from __future__ import annotations

import numpy as np

from routes_planner.calendar.kernel_arrays import C_ABSENT, C_REMOVED, T_COST, Model, State
from routes_planner.calendar.kernel_random import draw
from routes_planner.calendar.kernel_routes import TINY, breaks_taken, day_price, put_in, set_day
from routes_planner.compiled import compiled


@compiled
def fits_untimed(m: Model, s: State, b: int, route: int, k: int, i: int) -> float:
    """Minutes that putting i after position k adds, or infinity when the route grows too long."""
    before, after = s.stops[b, k], s.stops[b, k + 1]
    extra = m.minutes[before, i] + m.minutes[i, after] + m.service[i]
    if s.length[b] > 0:
        extra -= m.minutes[before, after]
    if s.route_minutes[b] + extra > m.max_minutes[route] + TINY:
        return np.inf
    return float(extra)


@compiled
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


@compiled
def start_after(m: Model, s: State, b: int, k: int, i: int, opens: float) -> float:
    """Earliest start at i when put after position k (timed models)."""
    return float(max(s.head_first[b, k] + s.head_minutes[b, k] + m.minutes[s.stops[b, k], i], opens))


@compiled
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


@compiled
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


@compiled
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


@compiled
def search_route(m: Model, s: State, i: int, cell: int, route: int, best: float, blink: float) -> float:
    """Improve the best insertion of i in this cell by the places of one route."""
    b = 2 * route + s.side[route]
    length = s.length[b]
    if s.load[b] + m.demand[i] > m.capacity[route] + TINY or length + 1 > m.max_calls[route]:
        return best
    if m.barred.size > 1 and m.barred[i, route]:
        return best
    row_in = m.cost_in[i]
    row_out = m.cost[i]
    hours = m.hours_of[i, cell]
    for k in range(length + 1):
        delta = row_in[s.stops[b, k]] + row_out[s.stops[b, k + 1]]
        if length > 0:
            delta -= s.leg[b, k]
        if (delta >= best and m.plain) or draw(s.random) < blink:
            continue
        if not m.timed:
            extra = fits_untimed(m, s, b, route, k, i)
            if extra == np.inf:
                continue
            best = delta
            s.best_route[cell], s.best_place[cell], s.best_work[cell] = route, k + 1, extra
            continue
        for w in range(m.windows_from[hours], m.windows_from[hours + 1]):
            best = try_window(m, s, i, cell, route, k, w, 0, delta, best)
        if not m.plain:
            best = try_breaks(m, s, i, cell, route, k, delta, best)
    return best


@compiled
def search_cell(m: Model, s: State, i: int, cell: int, blink: float) -> float:
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
    if m.priced and best < np.inf:
        calls, work = s.cell_calls[cell], s.cell_work[cell]
        best += day_price(m, calls + 1.0, work + s.best_work[cell], cell) - day_price(m, calls, work, cell)
    return best


@compiled
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


@compiled
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


@compiled
def recreate(m: Model, s: State, blink: float) -> None:
    for q in range(s.counts[C_REMOVED]):
        put_back(m, s, s.removed[q], blink)
