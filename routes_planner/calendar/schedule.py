"""The hours of a route: when to leave, when each visit starts, when the day is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from routes_planner.calendar.hours import FAR, priced_windows
from routes_planner.calendar.plan import DayRoute, Rest, Visit
from routes_planner.calendar.problem import Break, CalendarProblem, Shift, Store, Window

EASE = 1e-6  # minutes that rounding may eat


class Day:
    """An order of stops with, for each, the windows it may start in and the break taken after it."""

    def __init__(
        self,
        problem: CalendarProblem,
        shift: Shift,
        stores: Sequence[Store],
        windows: Sequence[Sequence[Window]] | None = None,
        rests: Mapping[int, int] | None = None,
    ) -> None:
        places = [shift.start] + [store.location for store in stores]
        if shift.end is not None and stores:
            places.append(shift.end)
        minutes, cost = problem.travel.minutes, problem.travel.cost
        self.shift = shift
        self.stores = stores
        self.travel = [float(minutes[a, b]) for a, b in pairwise(places)]
        self.cost = sum(float(cost[a, b]) for a, b in pairwise(places))
        if windows is None:
            windows = [[(a, b) for a, b, _ in priced_windows(problem, s, shift.day)] for s in stores]
        self.rests: list[Break | None] = [None] * len(stores)
        for place, number in (rests or {}).items():
            self.rests[place] = shift.breaks[number]
        self.windows = [self._with_rest(k, list(hours)) for k, hours in enumerate(windows)]

    def _with_rest(self, k: int, windows: list[Window]) -> list[Window]:
        rest = self.rests[k]
        if rest is None:
            return windows
        spent = self.stores[k].minutes
        cut = [(max(a, rest.earliest - spent), min(b, rest.latest - spent)) for a, b in windows]
        return [(a, b) for a, b in cut if a <= b + EASE]

    def departures(self) -> list[float]:
        """The shift's opening, then every departure that starts some stop exactly when a window opens or closes.

        A window without an end is no reason to leave at the end of time.
        """
        found = {self.shift.opens}
        span = 0.0
        for leg, store, hours, rest in zip(self.travel, self.stores, self.windows, self.rests, strict=False):
            span += leg
            edges = (edge - span for window in hours for edge in window if abs(edge) < FAR)
            found.update(leaves for leaves in edges if self.shift.opens < leaves <= self.shift.closes)
            span += store.minutes + (rest.minutes if rest else 0.0)
        return sorted(found)

    def run(self, leaves: float) -> DayRoute | None:
        """The day when leaving at a given moment, or None when it breaks a window or the shift."""
        now = leaves
        visits, rests = [], []
        for leg, store, hours, rest in zip(self.travel, self.stores, self.windows, self.rests, strict=False):
            ready = now + leg
            fits = [max(ready, opens) for opens, closes in hours if ready <= closes + EASE]
            if not fits:
                return None
            visits.append(Visit(store.id, min(fits)))
            now = min(fits) + store.minutes
            if rest is not None:
                rests.append(Rest(store.id, now, rest.minutes))
                now += rest.minutes
        if len(self.travel) > len(self.stores):
            now += self.travel[-1]
        if now > self.shift.closes + EASE:
            return None
        return DayRoute(self.shift.rep, self.shift.day, tuple(visits), leaves, now, self.cost, tuple(rests))


def schedule(
    problem: CalendarProblem,
    shift: Shift,
    stores: Sequence[Store],
    windows: Sequence[Sequence[Window]] | None = None,
    rests: Mapping[int, int] | None = None,
) -> DayRoute | None:
    """Hours for visiting these stores in this order, or None when that breaks the windows or the shift.

    Of all ways the shortest day is taken, and of the shortest the earliest. A shortest day leaves at the shift's
    opening, or so that the first wait just vanishes, or as late as some stop's closing allows: trying every window's
    edges covers all of these. rests: position of a stop → number of the break taken after it.
    """
    day = Day(problem, shift, stores, windows, rests)
    best: DayRoute | None = None
    for leaves in day.departures():
        made = day.run(leaves)
        if made is not None and (
            best is None or made.returns - made.leaves < best.returns - best.leaves - 1e-9
        ):
            best = made
    if best is None or best.returns - best.leaves > shift.max_minutes + EASE:
        return None
    return best
