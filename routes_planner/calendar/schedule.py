"""The hours of a route: when to leave, when each visit starts, when the day is done."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from routes_planner.calendar.plan import DayRoute, Visit
from routes_planner.calendar.problem import CalendarProblem, Shift, Store, Window

ALWAYS: Window = (float("-inf"), float("inf"))


def usable_windows(problem: CalendarProblem, store: Store, day: int) -> tuple[Window, ...]:
    """The windows in which service may start on a day; empty when none is long enough."""
    less = store.minutes if problem.finish_inside else 0.0
    windows = store.windows_on(day)
    if not windows:
        return (ALWAYS,)
    return tuple((a, b - less) for a, b in sorted(windows) if b - less >= a)


def earliest_start(windows: Sequence[Window], ready: float) -> float | None:
    """The first moment from `ready` on that lies in a window, or None."""
    fits = [max(ready, opens) for opens, closes in windows if ready <= closes + 1e-7]
    return min(fits) if fits else None


def schedule(problem: CalendarProblem, shift: Shift, stores: Sequence[Store]) -> DayRoute | None:
    """Hours for visiting these stores in this order, or None when that breaks the windows or the shift.

    Of all ways the shortest day is taken, and of the shortest the earliest. A shortest day leaves at the shift's
    opening, or so that the first wait just vanishes, or as late as some stop's closing allows: trying every window's
    edges covers all of these.
    """
    minutes, cost = problem.travel.minutes, problem.travel.cost
    places = [shift.start] + [store.location for store in stores]
    if shift.end is not None and stores:
        places.append(shift.end)
    travel = [float(minutes[a, b]) for a, b in pairwise(places)]
    windows = [usable_windows(problem, store, shift.day) for store in stores]
    best: DayRoute | None = None
    for leaves in _departures(shift, stores, travel, windows):
        day = _run(shift, stores, travel, windows, leaves)
        if day is not None and (best is None or day.returns - day.leaves < best.returns - best.leaves - 1e-9):
            best = day
    if best is None or best.returns - best.leaves > shift.max_minutes + 1e-6:
        return None
    total = sum(float(cost[a, b]) for a, b in pairwise(places))
    return DayRoute(shift.rep, shift.day, best.visits, best.leaves, best.returns, total)


def _departures(
    shift: Shift, stores: Sequence[Store], travel: list[float], windows: list[tuple[Window, ...]]
) -> list[float]:
    """The shift's opening, then every departure that starts some stop exactly when a window opens or closes."""
    found = {shift.opens}
    span = 0.0
    for leg, store, hours in zip(travel, stores, windows, strict=False):
        span += leg
        edges = (edge - span for window in hours for edge in window)
        found.update(leaves for leaves in edges if shift.opens < leaves <= shift.closes)
        span += store.minutes
    return sorted(found)


def _run(
    shift: Shift,
    stores: Sequence[Store],
    travel: list[float],
    windows: list[tuple[Window, ...]],
    leaves: float,
) -> DayRoute | None:
    now = leaves
    visits = []
    for leg, store, hours in zip(travel, stores, windows, strict=False):
        start = earliest_start(hours, now + leg)
        if start is None:
            return None
        visits.append(Visit(store.id, start))
        now = start + store.minutes
    if len(travel) > len(stores):
        now += travel[-1]
    if now > shift.closes + 1e-6:
        return None
    return DayRoute(shift.rep, shift.day, tuple(visits), leaves, now, 0.0)
