"""Where a new store fits best, in milliseconds: every place on every day of every rep, at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from routes_planner.calendar.hours import FAR, priced_windows
from routes_planner.calendar.plan import CalendarPlan, DayRoute
from routes_planner.calendar.problem import CalendarProblem, Pattern, Shift, Store
from routes_planner.calendar.schedule import schedule
from routes_planner.calendar.translate import taken_breaks
from routes_planner.errors import require

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Placement:
    """A way to take a store in: rep, days, after which stop on each day ("" = first), and the extra travel."""

    rep: str
    days: Pattern
    after: tuple[str, ...]
    extra: float


@dataclass(frozen=True)
class _Day:
    """One shift's route in arrays: gaps k lie between location k and k + 1."""

    shift: Shift
    places: NDArray[np.int64]  # locations, start first; the end last, if there is one
    names: tuple[str, ...]
    own: tuple[Store, ...]
    rests: dict[int, int]  # position of a stop → number of the break taken after it
    leg_cost: Floats
    ready: Floats  # earliest departure from each place that may precede
    latest: Floats  # latest arrival at each place that follows, all later windows kept
    load: float
    calls: int
    minutes: float  # travel and service


class Inserter:
    """Prepared once for a plan; `cheapest` then answers for any store that is in the travel table."""

    def __init__(self, problem: CalendarProblem, plan: CalendarPlan) -> None:
        self.problem = problem
        stores = {store.id: store for store in problem.stores}
        routes = {(route.rep, route.day): route for route in plan.routes}
        self.days: dict[tuple[str, int], _Day] = {
            (shift.rep, shift.day): _day(problem, shift, routes.get((shift.rep, shift.day)), stores)
            for shift in problem.shifts
            if shift.day not in problem.locked_days
        }
        self.reps = tuple(dict.fromkeys(shift.rep for shift in problem.shifts))

    def cheapest(self, store: Store, count: int = 3) -> tuple[Placement, ...]:
        """The `count` cheapest placements, one a rep and pattern; empty when nothing fits."""
        require(
            store.location < self.problem.travel.size,
            "store.location",
            "in_table",
            "is not in the travel table",
        )
        known: dict[tuple[str, int], tuple[float, str]] = {}
        found = []
        for rep in store.reps or self.reps:
            for pattern in store.patterns:
                places = [self._on(known, store, rep, day) for day in pattern]
                total = sum(cost for cost, _ in places)
                if total < np.inf:
                    found.append(Placement(rep, pattern, tuple(after for _, after in places), float(total)))
        found.sort(key=lambda placement: placement.extra)
        kept: list[Placement] = []
        for placement in found:
            if len(kept) == count:
                break
            if self._holds(placement, store):
                kept.append(placement)
        return tuple(kept)

    def _holds(self, placement: Placement, store: Store) -> bool:
        """True when every day of a placement keeps its hours, waiting and breaks included."""
        for day, after in zip(placement.days, placement.after, strict=True):
            made = self.days[placement.rep, day]
            at = made.names.index(after)
            order = [*made.own[:at], store, *made.own[at:]]
            rests = {k if k < at else k + 1: number for k, number in made.rests.items()}
            route = schedule(self.problem, made.shift, order, rests=rests)
            lacking = [rest for number, rest in enumerate(made.shift.breaks) if number not in rests.values()]
            if route is None or any(route.returns > rest.latest + 1e-6 for rest in lacking):
                return False
        return True

    def _on(
        self, known: dict[tuple[str, int], tuple[float, str]], store: Store, rep: str, day: int
    ) -> tuple[float, str]:
        key = (rep, day)
        if key not in known:
            made = self.days.get(key)
            known[key] = (np.inf, "") if made is None else self._cheapest_gap(made, store)
        return known[key]

    def _cheapest_gap(self, day: _Day, store: Store) -> tuple[float, str]:
        table, shift = self.problem.travel, day.shift
        full = shift.max_calls is not None and day.calls >= shift.max_calls
        if full or day.load + store.demand > shift.capacity + 1e-6:
            return np.inf, ""
        before = day.places if shift.end is None else day.places[:-1]
        reach = day.ready[: len(before)] + table.minutes[before, store.location]
        delta = table.cost[before, store.location].copy()
        after = day.places[1 : len(before) + 1]
        span = len(after)
        delta[:span] += table.cost[store.location, after] - day.leg_cost[:span]
        way = table.minutes[before, store.location] + store.minutes
        way[:span] += table.minutes[store.location, after] - table.minutes[before[:span], after]
        start = np.full(len(before), np.inf)
        for opens, closes, _ in priced_windows(self.problem, store, shift.day):
            possible = np.maximum(reach, opens)
            start = np.where(possible <= closes + 1e-7, np.minimum(start, possible), start)
        free = start + store.minutes
        fits = np.isfinite(start) & (day.minutes + way <= min(shift.max_minutes, FAR) + 1e-6)
        fits[:span] &= free[:span] + table.minutes[store.location, after] <= day.latest[:span] + 1e-6
        fits &= free <= min(shift.closes, FAR) + 1e-6
        if not fits.any():
            return np.inf, ""
        best = int(np.where(fits, delta, np.inf).argmin())
        return float(delta[best]), day.names[best]


def _day(problem: CalendarProblem, shift: Shift, route: DayRoute | None, stores: dict[str, Store]) -> _Day:
    visits = route.visits if route is not None else ()
    own = [stores[visit.store] for visit in visits]
    places = [shift.start, *(store.location for store in own)]
    if shift.end is not None:
        places.append(shift.end)
    minutes, cost = problem.travel.minutes, problem.travel.cost
    taken = taken_breaks(shift, route) if route is not None else {}
    rests = {k: taken[store.id] for k, store in enumerate(own) if store.id in taken}
    pauses = [shift.breaks[rests[k]].minutes if k in rests else 0.0 for k in range(len(own))]
    ready = [shift.opens]
    for a, store, pause in zip(places, own, pauses, strict=False):
        reach = ready[-1] + float(minutes[a, store.location])
        starts = [max(reach, o) for o, c, _ in priced_windows(problem, store, shift.day) if reach <= c + 1e-6]
        ready.append((min(starts) if starts else reach) + store.minutes + pause)
    latest: list[float] = []
    bound = min(shift.closes, FAR)
    if shift.end is not None:
        latest.append(bound)
    following = shift.end
    for store, pause in zip(reversed(own), reversed(pauses), strict=True):
        way = 0.0 if following is None else float(minutes[store.location, following])
        at_most = bound - way - store.minutes - pause
        ends = [
            min(at_most, c) for o, c, _ in priced_windows(problem, store, shift.day) if o <= at_most + 1e-6
        ]
        bound = max(ends) if ends else -FAR
        latest.append(bound)
        following = store.location
    travel = sum(float(minutes[a, b]) for a, b in pairwise(places))
    return _Day(
        shift=shift,
        places=np.array(places, dtype=np.int64),
        names=("", *(store.id for store in own)),
        own=tuple(own),
        rests=rests,
        leg_cost=np.array([float(cost[a, b]) for a, b in pairwise(places)]),
        ready=np.array(ready),
        latest=np.array(latest[::-1]),
        load=sum(store.demand for store in own),
        calls=len(own),
        minutes=travel + sum(store.minutes for store in own) + sum(pauses) if own else 0.0,
    )
