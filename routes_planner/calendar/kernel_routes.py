"""Routes under change: buffers, segments joined in constant time (Vidal et al. 2013), putting in and taking out."""

from __future__ import annotations

from routes_planner.calendar.kernel_arrays import (
    C_STEP,
    C_TOUCHED,
    T_COST,
    T_LONG,
    T_OVER,
    TINY,
    Model,
    State,
)
from routes_planner.compiled import compiled, inlined


@inlined
def touch(m: Model, s: State, route: int) -> int:
    """Open a route for change: copy its live buffer to the other and make that one live. Returns the buffer."""
    step = s.counts[C_STEP]
    if s.touched_mark[route] == step:
        return int(2 * route + s.side[route])
    s.touched_mark[route] = step
    s.touched[s.counts[C_TOUCHED]] = route
    s.counts[C_TOUCHED] += 1
    old = 2 * route + s.side[route]
    new = 4 * route + 1 - old
    for k in range(s.length[old] + 2):
        s.stops[new, k] = s.stops[old, k]
        if not m.timed:
            continue
        s.window_opens[new, k] = s.window_opens[old, k]
        s.window_closes[new, k] = s.window_closes[old, k]
        s.service_at[new, k] = s.service_at[old, k]
        s.price_at[new, k] = s.price_at[old, k]
        s.break_at[new, k] = s.break_at[old, k]
    s.length[new] = s.length[old]
    s.load[new] = s.load[old]
    s.route_cost[new] = s.route_cost[old]
    s.route_minutes[new] = s.route_minutes[old]
    s.route_over[new] = s.route_over[old]
    s.route_long[new] = s.route_long[old]
    s.side[route] = 1 - s.side[route]
    return int(new)


@compiled
def refresh_segments(m: Model, s: State, b: int, route: int) -> None:
    """Join the segments of buffer b from both ends; departure is as late as costs no time."""
    n = s.length[b] + 1
    s.head_minutes[b, 0] = 0.0
    s.head_first[b, 0] = m.shift_opens[route]
    s.head_last[b, 0] = m.shift_closes[route]
    for k in range(1, n + 1):
        j = s.stops[b, k]
        if k == n:
            service, first, last = 0.0, m.shift_opens[route], m.shift_closes[route]
        else:
            service, first, last = s.service_at[b, k], s.window_opens[b, k], s.window_closes[b, k]
        reach = s.head_minutes[b, k - 1] + m.minutes[s.stops[b, k - 1], j]
        wait = max(first - reach - s.head_last[b, k - 1], 0.0)
        s.head_minutes[b, k] = reach + wait + service
        s.head_first[b, k] = max(first - reach, s.head_first[b, k - 1]) - wait
        s.head_last[b, k] = min(last - reach, s.head_last[b, k - 1])
    s.tail_minutes[b, n] = 0.0
    s.tail_first[b, n] = m.shift_opens[route]
    s.tail_last[b, n] = m.shift_closes[route]
    for k in range(n - 1, 0, -1):
        j = s.stops[b, k]
        first, last = s.window_opens[b, k], s.window_closes[b, k]
        reach = s.service_at[b, k] + m.minutes[j, s.stops[b, k + 1]]
        wait = max(s.tail_first[b, k + 1] - reach - last, 0.0)
        s.tail_minutes[b, k] = s.tail_minutes[b, k + 1] + reach + wait
        s.tail_first[b, k] = max(s.tail_first[b, k + 1] - reach, first) - wait
        s.tail_last[b, k] = min(s.tail_last[b, k + 1] - reach, last)
    s.route_minutes[b] = s.head_minutes[b, n]


@compiled
def breaks_taken(s: State, b: int) -> int:
    """Bits of the breaks that buffer b's day has."""
    taken = 0
    for k in range(1, s.length[b] + 1):
        if s.break_at[b, k] > 0:
            taken |= 1 << (s.break_at[b, k] - 1)
    return taken


@compiled
def extra_prices(m: Model, s: State, b: int, route: int) -> float:
    """Prices of the chosen windows, and of breaks that are due and not taken."""
    n = s.length[b]
    price = 0.0
    for k in range(1, n + 1):
        price += s.price_at[b, k]
    taken = breaks_taken(s, b)
    returns = s.head_first[b, n + 1] + s.head_minutes[b, n + 1]
    for q in range(m.breaks_from[route], m.breaks_from[route + 1]):
        if returns > m.break_last[q] + TINY and not taken >> (q - m.breaks_from[route]) & 1:
            price += m.break_price
    return price


@inlined
def refresh(m: Model, s: State, route: int) -> None:
    """Bring all that depends on a route's order up to date, and the totals with it."""
    b = 2 * route + s.side[route]
    n = s.length[b]
    before = s.route_cost[b]
    cost = 0.0
    for k in range(n + 1):
        leg = m.cost[s.stops[b, k], s.stops[b, k + 1]]
        s.leg[b, k] = leg
        cost += leg
    if n == 0:
        cost = 0.0
    s.route_cost[b] = cost
    s.total[T_COST] += cost - before
    if m.timed:
        refresh_segments(m, s, b, route)
        if n == 0:
            s.route_minutes[b] = 0.0
        elif not m.plain:
            extra = extra_prices(m, s, b, route)
            s.route_cost[b] += extra
            s.total[T_COST] += extra
    else:
        minutes = 0.0
        if n > 0:
            for k in range(n + 1):
                minutes += m.minutes[s.stops[b, k], s.stops[b, k + 1]]
            for k in range(1, n + 1):
                minutes += m.service[s.stops[b, k]]
        s.route_minutes[b] = minutes
    over = max(s.load[b] - m.capacity[route] - TINY, 0.0)
    s.total[T_OVER] += over - s.route_over[b]
    s.route_over[b] = over
    long = max(s.route_minutes[b] - m.max_minutes[route] - TINY, 0.0)
    s.total[T_LONG] += long - s.route_long[b]
    s.route_long[b] = long


@inlined
def note_places(s: State, route: int, cell: int) -> None:
    b = 2 * route + s.side[route]
    for k in range(1, s.length[b] + 1):
        i = s.stops[b, k]
        s.route_at[i, cell] = route
        s.place_at[i, cell] = k


@inlined
def take_out(m: Model, s: State, i: int, cell: int) -> None:
    """Take one visit out of its route. The route is left stale: `refresh` and `note_places` come later."""
    route = s.route_at[i, cell]
    b = touch(m, s, route)
    n = s.length[b]
    k = min(s.place_at[i, cell], n)
    while s.stops[b, k] != i:
        k -= 1
    for q in range(k, n + 1):
        s.stops[b, q] = s.stops[b, q + 1]
        if not m.timed:
            continue
        s.window_opens[b, q] = s.window_opens[b, q + 1]
        s.window_closes[b, q] = s.window_closes[b, q + 1]
        s.service_at[b, q] = s.service_at[b, q + 1]
        s.price_at[b, q] = s.price_at[b, q + 1]
        s.break_at[b, q] = s.break_at[b, q + 1]
    s.length[b] = n - 1
    s.load[b] -= m.demand[i]
    s.route_at[i, cell] = -1


@inlined
def put_in(m: Model, s: State, i: int, cell: int) -> None:
    """Put a visit of store i where its best insertion in the cell was found, and refresh the route."""
    route, k = s.best_route[cell], s.best_place[cell]
    b = touch(m, s, route)
    n = s.length[b]
    for q in range(n + 1, k - 1, -1):
        s.stops[b, q + 1] = s.stops[b, q]
        if not m.timed:
            continue
        s.window_opens[b, q + 1] = s.window_opens[b, q]
        s.window_closes[b, q + 1] = s.window_closes[b, q]
        s.service_at[b, q + 1] = s.service_at[b, q]
        s.price_at[b, q + 1] = s.price_at[b, q]
        s.break_at[b, q + 1] = s.break_at[b, q]
    s.stops[b, k] = i
    if m.timed:
        s.window_opens[b, k] = s.best_opens[cell]
        s.window_closes[b, k] = s.best_closes[cell]
        s.price_at[b, k] = s.best_price[cell]
        s.service_at[b, k] = m.service[i]
        s.break_at[b, k] = s.best_break[cell]
        if s.best_break[cell] > 0:
            s.service_at[b, k] += m.break_minutes[m.breaks_from[route] + s.best_break[cell] - 1]
    s.length[b] = n + 1
    s.load[b] += m.demand[i]
    s.route_at[i, cell] = route
    for q in range(k, n + 2):
        s.place_at[s.stops[b, q], cell] = q
    refresh(m, s, route)
