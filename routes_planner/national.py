"""From a store list to territories, calendars and daily sequences; territories are planned side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from routes_planner.calendar.journey import JOURNEY, JourneyTerms, journey_problem
from routes_planner.calendar.patterns import FREQUENCIES
from routes_planner.calendar.plan import CalendarPlan
from routes_planner.calendar.problem import CalendarProblem
from routes_planner.calendar.solve import solve as solve_calendar
from routes_planner.formats.outlets_csv import Outlet
from routes_planner.stopping import Stop
from routes_planner.territory.problem import TerritoryPlan, TerritoryProblem, Unit
from routes_planner.territory.solve import solve as solve_territory
from routes_planner.travel.estimate import Estimate
from routes_planner.travel.roads import TravelProvider

TRAVEL_SHARE = (
    0.35  # minutes of travel expected a minute of visit, for balancing work before routes are known
)


@dataclass(frozen=True)
class RepPlan:
    """One rep's outlets (numbers in the list), problem and plan."""

    rep: str
    outlets: tuple[int, ...]
    problem: CalendarProblem
    plan: CalendarPlan


@dataclass(frozen=True)
class NationalPlan:
    """All reps' plans over one store list."""

    outlets: tuple[Outlet, ...]
    territories: TerritoryPlan
    reps: tuple[RepPlan, ...]


def work_of(outlet: Outlet, weeks: int) -> float:
    """Minutes of work a cycle: visits and the travel they are expected to cost."""
    visits, every = FREQUENCIES[outlet.frequency]
    return visits * weeks / every * outlet.minutes * (1.0 + TRAVEL_SHARE)


def divide(outlets: Sequence[Outlet], reps: int, weeks: int, seconds: float, seed: int) -> TerritoryPlan:
    """Compact territories of even work, within 10 %."""
    units = tuple(Unit(o.id, o.longitude, o.latitude, (work_of(o, weeks),)) for o in outlets)
    problem = TerritoryProblem("territories", units, reps, (0.1,))
    return solve_territory(problem, Stop(seconds=seconds), seed)


def rep_problem(
    outlets: Sequence[Outlet],
    numbers: Sequence[int],
    centre: int,
    rep: str,
    terms: JourneyTerms,
    roads: TravelProvider,
) -> CalendarProblem:
    """A rep's problem; without a home of their own, days start and end at the territory's central store."""
    own = [outlets[i] for i in numbers]
    places = np.array(
        [(o.longitude, o.latitude) for o in own] + [(outlets[centre].longitude, outlets[centre].latitude)]
    )
    return journey_problem(
        rep,
        [o.id for o in own],
        [o.frequency for o in own],
        [o.minutes for o in own],
        roads.table(places),
        len(own),
        terms,
        rep,
    )


def _solve_one(task: tuple[CalendarProblem, float | None, int | None, int]) -> CalendarPlan:
    problem, seconds, steps, seed = task
    stop = Stop(seconds=seconds, steps=steps) if seconds is not None else Stop(steps=steps)
    return solve_calendar(problem, stop, seed, JOURNEY)


def solve_many(
    problems: Sequence[CalendarProblem],
    workers: int,
    seed: int,
    seconds: float | None = None,
    steps: int | None = None,
) -> list[CalendarPlan]:
    """Each rep's calendar on its own; `workers` processes take them in turn."""
    tasks = [(problem, seconds, steps, seed + number) for number, problem in enumerate(problems)]
    if workers <= 1:
        return [_solve_one(task) for task in tasks]
    with ProcessPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(_solve_one, tasks))


def plan_outlets(
    outlets: Sequence[Outlet],
    reps: int,
    terms: JourneyTerms,
    seconds: float,
    seed: int = 1,
    workers: int = 1,
    roads: TravelProvider | None = None,
    tell: Callable[[str], None] | None = None,
) -> NationalPlan:
    """Territories first, then every rep's calendar for `seconds` each."""
    say = tell or (lambda _: None)
    territories = divide(outlets, reps, terms.weeks, min(30.0, max(seconds, 5.0)), seed)
    say(f"{reps} territories, cost at most {100 * territories.gap:.2f} % above the least for these centres")
    provider = roads or Estimate()
    problems, members = [], []
    for t in range(reps):
        numbers = [i for i, owner in enumerate(territories.territory_of) if owner == t]
        members.append(tuple(numbers))
        problems.append(
            rep_problem(outlets, numbers, territories.centres[t], f"rep {t + 1}", terms, provider)
        )
    plans = solve_many(problems, workers, seed, seconds)
    done = [RepPlan(f"rep {t + 1}", members[t], problems[t], plans[t]) for t in range(reps)]
    return NationalPlan(tuple(outlets), territories, tuple(done))
