"""From kept solutions to plans, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from routes_planner.calendar.explain import reason_unserved
from routes_planner.calendar.hours import FAR, priced_windows
from routes_planner.calendar.kernel_arrays import Kept
from routes_planner.calendar.model import Compiled
from routes_planner.calendar.plan import CalendarPlan, DayRoute, Unserved
from routes_planner.calendar.problem import CalendarProblem, Shift, Store
from routes_planner.calendar.schedule import EASE, schedule


def read_plan(
    c: Compiled, problem: CalendarProblem, kept: Kept, objective: float, seconds: float, steps: int
) -> CalendarPlan:
    """A kept solution in the problem's own words, the days that locks keep included."""
    routes = [_read_route(c, problem, kept, r) for r in range(len(c.shifts)) if kept.length[r] > 0]
    if c.fixed is not None:
        routes += [route for route in c.fixed.routes if route.day in problem.locked_days and route.visits]
    routes.sort(key=lambda route: (route.day, route.rep))
    absent = [c.stores[int(i)] for i in np.flatnonzero(kept.pattern < 0)]
    unserved = tuple(Unserved(store.id, reason_unserved(problem, store)) for store in absent)
    # the prices of unserved stores serve the search only
    priced = objective - float(c.model.absence_price[kept.pattern < 0].sum())
    cost = sum(route.cost for route in routes)
    return CalendarPlan(tuple(routes), unserved, cost, priced, seconds, steps)


def _read_route(c: Compiled, problem: CalendarProblem, kept: Kept, r: int) -> DayRoute:
    n = int(kept.length[r])
    stores = [c.stores[int(i)] for i in kept.stops[r, 1 : n + 1]]
    rests = {k: int(kept.break_at[r, k + 1]) - 1 for k in range(n) if kept.break_at[r, k + 1] > 0}
    windows = None
    if c.model.timed:
        windows = [
            [(float(kept.window_opens[r, k]), float(kept.window_closes[r, k]))] for k in range(1, n + 1)
        ]
    day = schedule(problem, c.shifts[r], stores, windows, rests)
    if day is None:
        shift = c.shifts[r]
        raise AssertionError(f"the search broke its own limits on day {shift.day} of {shift.rep}")
    return day


def load_plan(c: Compiled, problem: CalendarProblem, plan: CalendarPlan, kept: Kept) -> None:
    """Put a plan into `kept`. Stores whose days the problem no longer allows, or whose route no longer fits, are left
    out, to be put back by the search."""
    number = {store.id: i for i, store in enumerate(c.stores)}
    route_of = {(shift.rep, shift.day): r for r, shift in enumerate(c.shifts)}
    cells: dict[int, set[int]] = {}
    days: dict[int, list[Store]] = {}
    breaks: dict[int, dict[str, int]] = {}
    for route in plan.routes:
        r = route_of.get((route.rep, route.day))
        if r is None:
            continue
        stores = [c.stores[number[visit.store]] for visit in route.visits if visit.store in number]
        rests = taken_breaks(c.shifts[r], route)
        if _day(problem, c.shifts[r], stores, rests) is not None:
            days[r] = stores
            breaks[r] = rests
            for store in stores:
                cells.setdefault(number[store.id], set()).add(int(c.cell_of[r]))
    m = c.model
    for i, had in cells.items():
        for p in range(int(m.pattern_from[i]), int(m.pattern_from[i + 1])):
            if had == {int(x) for x in m.cells[m.cells_from[p] : m.cells_from[p + 1]]}:
                kept.pattern[i] = p
    _drop_absent(problem, c, kept, days, breaks, number)
    for r, stores in days.items():
        _write_route(problem, c, kept, r, stores, breaks[r], number)


def _drop_absent(
    problem: CalendarProblem,
    c: Compiled,
    kept: Kept,
    days: dict[int, list[Store]],
    breaks: dict[int, dict[str, int]],
    number: dict[str, int],
) -> None:
    """Take absent stores out of all routes; a route that no longer fits without them loses its other stores too."""
    changed = True
    while changed:
        changed = False
        for r, stores in days.items():
            stay = [store for store in stores if kept.pattern[number[store.id]] >= 0]
            if len(stay) < len(stores) and _day(problem, c.shifts[r], stay, breaks[r]) is None:
                for store in stay:
                    kept.pattern[number[store.id]] = -1
                stay = []
            changed = changed or len(stay) < len(stores)
            days[r] = stay


def taken_breaks(shift: Shift, route: DayRoute) -> dict[str, int]:
    """Which break of the shift a route takes after which store."""
    found: dict[str, int] = {}
    for rest in route.rests:
        for number, due in enumerate(shift.breaks):
            in_time = due.earliest - EASE <= rest.start <= due.latest + EASE
            if in_time and rest.minutes >= due.minutes - EASE and number not in found.values():
                found[rest.after] = number
                break
    return found


def _day(
    problem: CalendarProblem, shift: Shift, stores: Sequence[Store], breaks: Mapping[str, int]
) -> DayRoute | None:
    """The hours of a route within all limits of its shift, due breaks included, or None."""
    if shift.max_calls is not None and len(stores) > shift.max_calls:
        return None
    if sum(store.demand for store in stores) > shift.capacity + EASE:
        return None
    rests = {k: breaks[store.id] for k, store in enumerate(stores) if store.id in breaks}
    day = schedule(problem, shift, stores, rests=rests)
    if day is None:
        return None
    lacking = [rest for number, rest in enumerate(shift.breaks) if number not in rests.values()]
    return None if stores and any(day.returns > rest.latest + EASE for rest in lacking) else day


def _write_route(
    problem: CalendarProblem,
    c: Compiled,
    kept: Kept,
    r: int,
    stores: list[Store],
    breaks: Mapping[str, int],
    number: dict[str, int],
) -> None:
    """Write an order of stops with the windows they start in and the breaks after them."""
    shift = c.shifts[r]
    day = _day(problem, shift, stores, breaks)
    kept.length[r] = len(stores)
    kept.stops[r, len(stores) + 1] = c.model.end[r]
    for k, store in enumerate(stores, start=1):
        kept.stops[r, k] = number[store.id]
        kept.service_at[r, k] = store.minutes
        start = day.visits[k - 1].start if day is not None else 0.0
        for opens, closes, price in priced_windows(problem, store, shift.day):
            if opens - EASE <= start <= closes + EASE:
                kept.window_opens[r, k] = max(opens, -FAR)
                kept.window_closes[r, k] = min(closes, FAR)
                kept.price_at[r, k] = price
                break
        if store.id in breaks:
            rest = shift.breaks[breaks[store.id]]
            kept.break_at[r, k] = breaks[store.id] + 1
            kept.service_at[r, k] += rest.minutes
            kept.window_opens[r, k] = max(kept.window_opens[r, k], rest.earliest - store.minutes)
            kept.window_closes[r, k] = min(kept.window_closes[r, k], rest.latest - store.minutes)
