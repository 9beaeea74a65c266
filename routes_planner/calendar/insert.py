"""Where a new store fits best, in milliseconds: every place on every day of every rep, at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from routes_planner.calendar.hours import FAR, priced_windows
from routes_planner.calendar.plan import CalendarPlan, DayRoute
from routes_planner.calendar.problem import CalendarProblem, Pattern, Shift, Store
from routes_planner.calendar.schedule import EASE, schedule
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
    """One shift's route: gap k lies before its stop k, the last gap after its last stop."""

    shift: Shift
    own: tuple[Store, ...]
    rests: dict[int, int]  # position of a stop → number of the break taken after it
    ready: list[float]  # earliest departure from the place before each gap
    latest: list[float]  # latest arrival at the place after each gap, all later hours kept
    load: float
    minutes: float  # travel, service and breaks


@dataclass(frozen=True)
class _Gaps:
    """All gaps of all days, one after another."""

    first: NDArray[np.int64]  # (days,) where each day's gaps begin
    day: NDArray[np.int64]  # (gaps,)
    before: NDArray[np.int64]  # locations
    after: NDArray[np.int64]  # -1 = the day ends with its last stop
    leg_cost: Floats
    leg_minutes: Floats
    ready: Floats
    latest: Floats


class Inserter:
    """Prepared once for a plan; `cheapest` then answers for any store that is in the travel table."""

    def __init__(self, problem: CalendarProblem, plan: CalendarPlan) -> None:
        self.problem = problem
        stores = {store.id: store for store in problem.stores}
        routes = {(route.rep, route.day): route for route in plan.routes}
        shifts = [shift for shift in problem.shifts if shift.day not in problem.locked_days]
        self.days = [_day(problem, shift, routes.get((shift.rep, shift.day)), stores) for shift in shifts]
        self.number = {(shift.rep, shift.day): k for k, shift in enumerate(shifts)}
        self.reps = tuple(dict.fromkeys(shift.rep for shift in problem.shifts))
        self.gaps = _gaps(problem, self.days)
        self.spare = np.array([min(d.shift.max_minutes, FAR) - d.minutes for d in self.days])
        self.carry = np.array([min(d.shift.capacity, FAR) - d.load for d in self.days])
        calls = [len(d.own) if d.shift.max_calls is None else d.shift.max_calls - 1 for d in self.days]
        self.room = np.array(
            [len(d.own) <= most for d, most in zip(self.days, calls, strict=True)], dtype=bool
        )

    def cheapest(self, store: Store, count: int = 3) -> tuple[Placement, ...]:
        """The `count` cheapest placements, one a rep and pattern; empty when nothing fits."""
        require(
            store.location < self.problem.travel.size,
            "store.location",
            "in_table",
            "is not in the travel table",
        )
        if not self.days:
            return ()
        delta = self._deltas(store)
        best = np.minimum.reduceat(delta, self.gaps.first).tolist()
        found: list[tuple[float, str, Pattern]] = []
        for rep in store.reps or self.reps:
            for pattern in store.patterns:
                cells = [self.number.get((rep, day), -1) for day in pattern]
                total = sum(best[cell] if cell >= 0 else np.inf for cell in cells)
                if total < np.inf:
                    found.append((total, rep, pattern))
        found.sort(key=lambda entry: entry[0])
        kept: list[Placement] = []
        for total, rep, pattern in found:
            if len(kept) == count:
                break
            places = [self._place(delta, self.number[rep, day]) for day in pattern]
            if all(
                self._holds(self.number[rep, day], at, store) for day, at in zip(pattern, places, strict=True)
            ):
                after = tuple(
                    self._name(self.number[rep, day], at) for day, at in zip(pattern, places, strict=True)
                )
                kept.append(Placement(rep, pattern, after, float(total)))
        return tuple(kept)

    def _place(self, delta: Floats, day: int) -> int:
        first = int(self.gaps.first[day])
        return int(delta[first : first + len(self.days[day].own) + 1].argmin())

    def _name(self, day: int, at: int) -> str:
        return self.days[day].own[at - 1].id if at > 0 else ""

    def _holds(self, day: int, at: int, store: Store) -> bool:
        """True when a day keeps its hours with the store in gap `at`, waiting and breaks included."""
        made = self.days[day]
        order = [*made.own[:at], store, *made.own[at:]]
        rests = {k if k < at else k + 1: number for k, number in made.rests.items()}
        route = schedule(self.problem, made.shift, order, rests=rests)
        lacking = [rest for number, rest in enumerate(made.shift.breaks) if number not in rests.values()]
        return route is not None and not any(route.returns > rest.latest + EASE for rest in lacking)

    def _deltas(self, store: Store) -> Floats:
        """(gaps,) extra cost of the store in each gap, infinite where it does not fit."""
        g, table, here = self.gaps, self.problem.travel, store.location
        ends = g.after < 0
        to_after = np.where(ends, 0.0, table.minutes[here, g.after])
        from_before = table.minutes[g.before, here]
        cost = table.cost[g.before, here] + np.where(ends, 0.0, table.cost[here, g.after]) - g.leg_cost
        free = self._starts(store, g.ready + from_before) + store.minutes
        way = from_before + store.minutes + to_after - g.leg_minutes
        fits = (free + to_after <= g.latest + EASE) & (way <= self.spare[g.day] + EASE)
        fits &= (self.room & (self.carry + EASE >= store.demand))[g.day]
        return np.asarray(np.where(fits, cost, np.inf))

    def _starts(self, store: Store, reach: Floats) -> Floats:
        """(gaps,) earliest start when reached then; infinite when no window is left. Days with equal hours together."""
        start = np.full(len(reach), np.inf)
        sets: dict[tuple[tuple[float, float, float], ...], list[int]] = {}
        for k, made in enumerate(self.days):
            if not store.windows and not store.day_windows:
                return reach
            sets.setdefault(priced_windows(self.problem, store, made.shift.day), []).append(k)
        for windows, days in sets.items():
            own = np.isin(self.gaps.day, days)
            for opens, closes, _ in windows:
                possible = np.maximum(reach, opens)
                start = np.where(own & (possible <= closes + EASE), np.minimum(start, possible), start)
        return start


def _gaps(problem: CalendarProblem, days: list[_Day]) -> _Gaps:
    sizes = np.array([len(made.own) + 1 for made in days], dtype=np.int64)
    before, after = [], []
    leg_cost, leg_minutes = [], []
    for made in days:
        places = [store.location for store in made.own]
        ends = -1 if made.shift.end is None else made.shift.end
        before += [made.shift.start, *places]
        after += [*places, ends]
        for a, b in pairwise([made.shift.start, *places, ends]):
            real = bool(made.own) and b >= 0  # an empty day costs nothing
            leg_cost.append(float(problem.travel.cost[a, b]) if real else 0.0)
            leg_minutes.append(float(problem.travel.minutes[a, b]) if real else 0.0)
    return _Gaps(
        first=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64),
        day=np.repeat(np.arange(len(days)), sizes),
        before=np.array(before, dtype=np.int64),
        after=np.array(after, dtype=np.int64),
        leg_cost=np.array(leg_cost),
        leg_minutes=np.array(leg_minutes),
        ready=np.array([t for made in days for t in made.ready]),
        latest=np.array([t for made in days for t in made.latest]),
    )


def _day(problem: CalendarProblem, shift: Shift, route: DayRoute | None, stores: dict[str, Store]) -> _Day:
    visits = route.visits if route is not None else ()
    own = tuple(stores[visit.store] for visit in visits)
    places = [shift.start, *(store.location for store in own)]
    if shift.end is not None:
        places.append(shift.end)
    minutes = problem.travel.minutes
    taken = taken_breaks(shift, route) if route is not None else {}
    rests = {k: taken[store.id] for k, store in enumerate(own) if store.id in taken}
    pauses = [shift.breaks[rests[k]].minutes if k in rests else 0.0 for k in range(len(own))]
    ready = [shift.opens]
    for a, store, pause in zip(places, own, pauses, strict=False):
        reach = ready[-1] + float(minutes[a, store.location])
        starts = [max(reach, o) for o, c, _ in priced_windows(problem, store, shift.day) if reach <= c + EASE]
        ready.append((min(starts) if starts else reach) + store.minutes + pause)
    bound = min(shift.closes, FAR)
    latest = [bound]
    following = shift.end
    for store, pause in zip(reversed(own), reversed(pauses), strict=True):
        way = 0.0 if following is None else float(minutes[store.location, following])
        at_most = bound - way - store.minutes - pause
        ends = [
            min(at_most, c) for o, c, _ in priced_windows(problem, store, shift.day) if o <= at_most + EASE
        ]
        bound = max(ends) if ends else -FAR
        latest.append(bound)
        following = store.location
    travel = sum(float(minutes[a, b]) for a, b in pairwise(places)) if own else 0.0
    return _Day(
        shift=shift,
        own=own,
        rests=rests,
        ready=ready,
        latest=latest[::-1],
        load=sum(store.demand for store in own),
        minutes=travel + sum(store.minutes for store in own) + sum(pauses),
    )
