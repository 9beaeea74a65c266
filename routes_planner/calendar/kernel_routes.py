"""Routes under change: buffers, segments joined in constant time (Vidal et al. 2013), putting in and taking out."""

from __future__ import annotations

from routes_planner.calendar.kernel_arrays import (
    C_ABSENT,
    C_REMOVED,
    C_SPREADS,
    C_STEP,
    C_TOUCHED,
    T_COST,
    Ints,
    Kept,
    Model,
    State,
)
from routes_planner.compiled import compiled

TINY = 1e-7  # minutes and cost units that rounding may eat


@compiled
def touch(s: State, route: int) -> int:
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
        s.window_opens[new, k] = s.window_opens[old, k]
        s.window_closes[new, k] = s.window_closes[old, k]
        s.service_at[new, k] = s.service_at[old, k]
        s.price_at[new, k] = s.price_at[old, k]
        s.break_at[new, k] = s.break_at[old, k]
    s.length[new] = s.length[old]
    s.load[new] = s.load[old]
    s.route_cost[new] = s.route_cost[old]
    s.route_minutes[new] = s.route_minutes[old]
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


@compiled
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


@compiled
def note_places(s: State, route: int, cell: int) -> None:
    b = 2 * route + s.side[route]
    for k in range(1, s.length[b] + 1):
        i = s.stops[b, k]
        s.route_at[i, cell] = route
        s.place_at[i, cell] = k


@compiled
def take_out(m: Model, s: State, i: int, cell: int) -> None:
    """Take one visit out of its route. The route is left stale: `refresh` and `note_places` come later."""
    route = s.route_at[i, cell]
    b = touch(s, route)
    n = s.length[b]
    k = min(s.place_at[i, cell], n)
    while s.stops[b, k] != i:
        k -= 1
    for q in range(k, n + 1):
        s.stops[b, q] = s.stops[b, q + 1]
        s.window_opens[b, q] = s.window_opens[b, q + 1]
        s.window_closes[b, q] = s.window_closes[b, q + 1]
        s.service_at[b, q] = s.service_at[b, q + 1]
        s.price_at[b, q] = s.price_at[b, q + 1]
        s.break_at[b, q] = s.break_at[b, q + 1]
    s.length[b] = n - 1
    s.load[b] -= m.demand[i]
    s.route_at[i, cell] = -1


@compiled
def put_in(m: Model, s: State, i: int, cell: int) -> None:
    """Put a visit of store i where its best insertion in the cell was found, and refresh the route."""
    route, k = s.best_route[cell], s.best_place[cell]
    b = touch(s, route)
    n = s.length[b]
    for q in range(n + 1, k - 1, -1):
        s.stops[b, q + 1] = s.stops[b, q]
        s.window_opens[b, q + 1] = s.window_opens[b, q]
        s.window_closes[b, q + 1] = s.window_closes[b, q]
        s.service_at[b, q + 1] = s.service_at[b, q]
        s.price_at[b, q + 1] = s.price_at[b, q]
        s.break_at[b, q + 1] = s.break_at[b, q]
    s.stops[b, k] = i
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


@compiled
def day_price(m: Model, calls: float, work: float, cell: int) -> float:
    """What an uneven day costs: squares of calls outside their band and of minutes beyond their mark."""
    low = max(m.calls_least[cell] - calls, 0.0)
    high = max(calls - m.calls_most[cell], 0.0)
    long = max(work - m.work_most[cell], 0.0)
    return float(m.calls_price * (low * low + high * high) + m.work_price * long * long)


@compiled
def set_day(m: Model, s: State, cell: int, calls: float, work: float) -> None:
    s.total[T_COST] += day_price(m, calls, work, cell) - day_price(
        m, s.cell_calls[cell], s.cell_work[cell], cell
    )
    s.cell_calls[cell] = calls
    s.cell_work[cell] = work


@compiled
def recount_day(m: Model, s: State, cell: int) -> None:
    calls = 0.0
    work = 0.0
    for route in range(m.routes_from[cell], m.routes_from[cell + 1]):
        b = 2 * route + s.side[route]
        calls += s.length[b]
        work += s.route_minutes[b]
    set_day(m, s, cell, calls, work)


@compiled
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
def undo(m: Model, s: State, cell_of: Ints, cost_before: float) -> None:
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
    s.total[T_COST] = cost_before


@compiled
def put_aside(s: State, kept: Kept) -> None:
    for route in range(s.side.size):
        b = 2 * route + s.side[route]
        n = s.length[b]
        kept.length[route] = n
        for k in range(n + 2):
            kept.stops[route, k] = s.stops[b, k]
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
