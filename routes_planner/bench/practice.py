"""The practice to beat: one zone a weekday, each day sequenced as well as can be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from routes_planner.calendar.plan import CalendarPlan, DayRoute, Visit
from routes_planner.calendar.problem import CalendarProblem, Pattern, Store
from routes_planner.sequence.problem import SequenceProblem
from routes_planner.sequence.problem import Stop as SequenceStop
from routes_planner.sequence.solve import solve as solve_sequence
from routes_planner.stopping import Stop
from routes_planner.territory.problem import TerritoryProblem, Unit
from routes_planner.territory.solve import solve as divide

Sequencer = Callable[[SequenceProblem], tuple[list[str], float]]


def sequence_own(problem: SequenceProblem) -> tuple[list[str], float]:
    """Order and travel by this package's own sequence search."""
    plan = solve_sequence(problem, Stop(steps=12_000))
    return [call.stop for call in plan.calls], plan.cost


def zones(problem: CalendarProblem) -> NDArray[np.int64]:
    """A weekday for each store: compact zones of even work."""
    places = problem.travel.places
    if places is None:
        raise ValueError("zones need positions")
    units = []
    for store in problem.stores:
        x, y = places[store.location]
        units.append(Unit(store.id, float(x), float(y), (store.minutes * len(store.patterns[0]),)))
    wanted = TerritoryProblem(
        "zones", tuple(units), problem.days_a_week, (0.1,), contiguous=False, plane=True
    )
    return np.array(divide(wanted, Stop(seconds=10.0), gap=0.01).territory_of)


def zone_patterns(problem: CalendarProblem) -> dict[str, Pattern]:
    """Each store on its zone's weekday; further visits, and alternate weeks, go where least work is yet."""
    week = problem.days_a_week
    work = np.zeros(problem.days)
    chosen: dict[str, Pattern] = {}
    zone_of = dict(zip((s.id for s in problem.stores), zones(problem), strict=True))
    for store in sorted(problem.stores, key=lambda s: (-len(s.patterns[0]), s.id)):
        own = [p for p in store.patterns if any(day % week == zone_of[store.id] for day in p)] or list(
            store.patterns
        )
        pattern = min(own, key=lambda p: float(work[list(p)].max()))
        work[list(pattern)] += store.minutes
        chosen[store.id] = pattern
    return chosen


def plan_of(
    problem: CalendarProblem, patterns: dict[str, Pattern], sequencer: Sequencer = sequence_own
) -> CalendarPlan:
    """Days by fixed patterns, each sequenced alone. Shift limits are not enforced: practice breaks them too."""
    stores = {store.id: store for store in problem.stores}
    routes = []
    for shift in problem.shifts:
        today = [stores[id_] for id_, pattern in patterns.items() if shift.day in pattern]
        if not today:
            continue
        order, cost = sequencer(_day_problem(problem, today, shift.start, shift.end))
        routes.append(
            _route(problem, [stores[id_] for id_ in order], shift.rep, shift.day, shift.start, cost)
        )
    total = sum(route.cost for route in routes)
    return CalendarPlan(tuple(routes), (), total, total)


def _day_problem(
    problem: CalendarProblem, today: list[Store], start: int, end: int | None
) -> SequenceProblem:
    stops = tuple(SequenceStop(store.id, store.location, store.minutes) for store in today)
    return SequenceProblem("day", stops, start, end, problem.travel)


def _route(
    problem: CalendarProblem, order: list[Store], rep: str, day: int, start: int, cost: float
) -> DayRoute:
    now, at = 0.0, start
    visits = []
    for store in order:
        now += float(problem.travel.minutes[at, store.location])
        visits.append(Visit(store.id, now))
        now, at = now + store.minutes, store.location
    back = float(problem.travel.minutes[at, start])
    return DayRoute(rep, day, tuple(visits), 0.0, now + back, cost)


def calls_spread(plan: CalendarPlan, days: int) -> float:
    """The furthest that a day's calls are from even."""
    calls = np.zeros(days)
    for route in plan.routes:
        calls[route.day] += len(route.visits)
    return float(np.abs(calls - calls.mean()).max())
