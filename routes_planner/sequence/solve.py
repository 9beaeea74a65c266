"""The one-day search: the journey-plan search with a cycle of one day and one rep."""

from __future__ import annotations

from dataclasses import replace

from routes_planner.calendar.params import CalendarParams
from routes_planner.calendar.plan import CalendarPlan, DayRoute, Visit
from routes_planner.calendar.problem import CalendarProblem, Shift, Store
from routes_planner.calendar.solve import solve as solve_calendar
from routes_planner.sequence.plan import Call, SequencePlan
from routes_planner.sequence.problem import SequenceProblem
from routes_planner.sequence.problem import Stop as SequenceStop
from routes_planner.stopping import OnProgress, Stop

# One day has one pattern: short rounds and warm reheats do best (40 stops: 26 of 26 published instances in 0.5 s).
PARAMS = CalendarParams(elites=5, hot=1.0, warm=0.5, cold=0.02, round_steps=10_000, child_steps=10_000)


def as_calendar(problem: SequenceProblem) -> CalendarProblem:
    """The same day as a cycle of one day."""
    stores = tuple(Store(s.id, s.location, ((0,),), s.minutes, windows=s.windows) for s in problem.stops)
    bands: list[tuple[float, float]] = []
    if problem.late_price is not None:
        late = problem.late_step
        while late <= problem.late_most + 1e-9:
            bands.append((late, late * problem.late_price))
            late += problem.late_step
    shift = Shift(
        "rep",
        0,
        problem.start,
        problem.end,
        problem.opens,
        problem.closes,
        problem.max_minutes,
        max_calls=problem.max_calls,
        breaks=problem.breaks,
    )
    return CalendarProblem(
        problem.name,
        1,
        stores,
        (shift,),
        problem.travel,
        finish_inside=problem.finish_inside,
        days_a_week=1,
        late_bands=tuple(bands),
    )


def lateness(problem: SequenceProblem, stop: SequenceStop, start: float) -> float:
    """Minutes by which a start misses the last closing before it; 0 inside a window or before one opens."""
    less = stop.minutes if problem.finish_inside else 0.0
    if not stop.windows or any(a - 1e-6 <= start <= b - less + 1e-6 for a, b in stop.windows):
        return 0.0
    return max(start - max(b - less for _, b in stop.windows), 0.0)


def _as_calendar_plan(plan: SequencePlan) -> CalendarPlan:
    visits = tuple(Visit(call.stop, call.start) for call in plan.calls)
    route = DayRoute("rep", 0, visits, plan.leaves, plan.returns, plan.cost, plan.rests)
    return CalendarPlan((route,), plan.unserved, plan.cost, plan.cost)


def solve(
    problem: SequenceProblem,
    stop: Stop,
    seed: int = 1,
    params: CalendarParams | None = None,
    start: SequencePlan | None = None,
    on_progress: OnProgress | None = None,
) -> SequencePlan:
    """The best order found until `stop`: all stops served if that can be, least travel, then least lateness."""
    calendar = as_calendar(problem)
    begin = _as_calendar_plan(start) if start is not None else None
    found = solve_calendar(calendar, stop, seed, params or PARAMS, begin, on_progress)
    return read_calendar_plan(problem, found)


def read_calendar_plan(problem: SequenceProblem, found: CalendarPlan) -> SequencePlan:
    """The one route of a one-day cycle."""
    empty = SequencePlan(
        (), problem.opens, problem.opens, 0.0, 0.0, (), found.unserved, found.seconds, found.steps
    )
    if not found.routes:
        return empty
    route = found.routes[0]
    stops = {s.id: s for s in problem.stops}
    calls = tuple(Call(v.store, v.start, lateness(problem, stops[v.store], v.start)) for v in route.visits)
    return replace(
        empty,
        calls=calls,
        leaves=route.leaves,
        returns=route.returns,
        cost=route.cost,
        late=sum(call.late for call in calls),
        rests=route.rests,
    )
