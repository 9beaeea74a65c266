"""What a route's lines cost: every day of the four weeks is driven in thought, with the planner's own hours.

A day begins at its first store and ends at its last: the way from home and back is the rep's. Minutes on the road are
the planner's estimate (geodesic times a detour factor at a speed).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from routes_planner.calendar.insert import Inserter
from routes_planner.calendar.plan import CalendarPlan, DayRoute, Visit
from routes_planner.calendar.problem import CalendarProblem, Shift, Store
from routes_planner.calendar.schedule import schedule
from routes_planner.travel.estimate import Estimate
from routes_planner.travel.table import TravelTable
from server.domain.plans import CYCLE, Line, PlanOutlet, PlanTerms, RouteFigures

WEEK = 7
EASE = 1e-6


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that a route's plan breaks: hours | shift | calls | visits | position. `weekday` and `outlet_id` where
    it is about one; `figure` minutes late or over, calls too many, visits planned."""

    rule: str
    route_id: int
    weekday: int | None
    outlet_id: int | None
    figure: float


@dataclass(frozen=True)
class PricedRoute:
    """A route's figures, what it breaks, its lines with planned minutes, and the problem and plan they came from."""

    figures: RouteFigures
    breaches: tuple[Breach, ...]
    lines: tuple[Line, ...]
    problem: CalendarProblem | None
    plan: CalendarPlan | None


def travel_of(outlets: Sequence[PlanOutlet]) -> TravelTable:
    """Travel between stores, and one more place, the last, that is no way from anywhere: where days begin and what has
    no position is."""
    places = np.array(
        [(o.longitude, o.latitude) if o.placed else (0.0, 0.0) for o in outlets], dtype=np.float64
    ).reshape(-1, 2)
    size = len(outlets) + 1
    minutes = np.zeros((size, size))
    if len(outlets):
        minutes[:-1, :-1] = Estimate().table(places).minutes
    for at, outlet in enumerate(outlets):
        if not outlet.placed:
            minutes[at, :] = minutes[:, at] = 0.0
    return TravelTable(cost=minutes, minutes=minutes, source="geodesic")


def price(
    route_id: int, lines: Sequence[Line], outlets: Mapping[int, PlanOutlet], terms: PlanTerms
) -> PricedRoute:
    """Price one route's lines, which are in order of weekday and sequence."""
    ids = list(dict.fromkeys(line.outlet_id for line in lines))
    if not ids:
        return PricedRoute(RouteFigures(), (), (), None, None)
    days = _days(lines)
    own = [outlets[outlet_id] for outlet_id in ids]
    problem = problem_of(route_id, own, days, terms)
    stores = {store.id: store for store in problem.stores}
    shifts = {shift.day: shift for shift in problem.shifts}
    driven: dict[tuple[int, tuple[int, ...]], DayRoute] = {}
    routes: list[DayRoute] = []
    for day, stops in sorted(days.items()):
        key = (day % WEEK, tuple(stops))
        if key not in driven:
            order = [stores[str(outlet_id)] for outlet_id in stops]
            driven[key] = schedule(problem, shifts[day], order) or forced(problem, shifts[day], order)
        made = driven[key]
        routes.append(DayRoute(made.rep, day, made.visits, made.leaves, made.returns, made.cost, made.rests))
    plan = CalendarPlan(tuple(routes), (), sum(route.cost for route in routes), 0.0)
    breaches = (*_day_breaches(route_id, routes, outlets, terms), *_visit_breaches(route_id, lines, own))
    return PricedRoute(
        _figures(routes, own, terms, breaches), breaches, tuple(_timed(lines, routes)), problem, plan
    )


def problem_of(
    route_id: int, own: Sequence[PlanOutlet], days: Mapping[int, Sequence[int]], terms: PlanTerms
) -> CalendarProblem:
    """The route as the planner's question, each store with the days that it has."""
    visits: dict[int, list[int]] = {}
    for day, stops in days.items():
        for outlet_id in stops:
            visits.setdefault(outlet_id, []).append(day)
    stores = tuple(
        Store(
            id=str(outlet.id), location=at, patterns=(tuple(sorted(visits[outlet.id])),),
            minutes=float(outlet.minutes),
            day_windows={str(day): outlet.windows(day % WEEK) for day in visits[outlet.id]},
        )
        for at, outlet in enumerate(own)
    )  # fmt: skip
    shifts = tuple(shift_of(str(route_id), day, len(own), terms) for day in sorted(days))
    return CalendarProblem(
        str(route_id), CYCLE * WEEK, stores, shifts, travel_of(own), days_a_week=len(terms.weekdays)
    )


def shift_of(rep: str, day: int, nowhere: int, terms: PlanTerms) -> Shift:
    """A working day that begins at its first store and ends at its last."""
    opens, closes = float(terms.start_minute), float(terms.end_minute)
    return Shift(rep, day, nowhere, None, opens, closes, closes - opens, max_calls=terms.most_calls)


def forced(problem: CalendarProblem, shift: Shift, order: Sequence[Store]) -> DayRoute:
    """The day as it would be driven although it breaks hours or shift: nobody waits for a store that stays closed."""
    minutes = problem.travel.minutes
    now, at, visits, cost = shift.opens, shift.start, [], 0.0
    for store in order:
        leg = float(minutes[at, store.location])
        cost += leg
        now += leg
        opening = [opens for opens, closes in store.windows_on(shift.day) if now <= closes + EASE]
        now = max(now, min(opening)) if opening else now
        visits.append(Visit(store.id, now))
        now, at = now + store.minutes, store.location
    return DayRoute(shift.rep, shift.day, tuple(visits), shift.opens, now, cost)


def cheapest_place(store: PlanOutlet, stops: Sequence[PlanOutlet]) -> int:
    """Where in a day's order a store costs least on the road, by the planner's insertion; 0 is before all others."""
    table = travel_of([*stops, store])
    stores = tuple(Store(str(stop.id), at, ((0,),)) for at, stop in enumerate(stops))
    shift = Shift("day", 0, len(stops) + 1, None)
    problem = CalendarProblem("day", 1, stores, (shift,), table, days_a_week=1)
    cost = sum(float(table.cost[a.location, b.location]) for a, b in pairwise(stores))
    route = DayRoute("day", 0, tuple(Visit(one.id, 0.0) for one in stores), 0.0, 0.0, cost)
    found = Inserter(problem, CalendarPlan((route,), (), cost, cost)).cheapest(
        Store(str(store.id), len(stops), ((0,),)), count=1
    )
    if not found or not found[0].after[0]:
        return 0
    return 1 + next(at for at, one in enumerate(stores) if one.id == found[0].after[0])


def _days(lines: Sequence[Line]) -> dict[int, list[int]]:
    """Day of the cycle → outlets in order."""
    days: dict[int, list[int]] = {}
    for line in lines:
        for week in line.cycle_weeks:
            days.setdefault(week * WEEK + line.weekday, []).append(line.outlet_id)
    return days


def _day_breaches(
    route_id: int, routes: Sequence[DayRoute], outlets: Mapping[int, PlanOutlet], terms: PlanTerms
) -> list[Breach]:
    late: dict[tuple[int, int], float] = {}
    over: dict[int, float] = {}
    many: dict[int, int] = {}
    for route in routes:
        weekday = route.day % WEEK
        for visit in route.visits:
            outlet_id = int(visit.store)
            windows = outlets[outlet_id].windows(weekday)
            if windows and not any(a - EASE <= visit.start <= b + EASE for a, b in windows):
                missed = max(visit.start - max(b for _, b in windows), 0.0)
                late[weekday, outlet_id] = max(late.get((weekday, outlet_id), 0.0), missed)
            elif outlets[outlet_id].hours and not windows:
                late[weekday, outlet_id] = 0.0  # closed all day
        beyond = route.returns - terms.end_minute
        if beyond > EASE:
            over[weekday] = max(over.get(weekday, 0.0), beyond)
        if terms.most_calls is not None and len(route.visits) > terms.most_calls:
            many[weekday] = max(many.get(weekday, 0), len(route.visits) - terms.most_calls)
    found = [Breach("hours", route_id, day, outlet, round(by, 1)) for (day, outlet), by in late.items()]
    found += [Breach("shift", route_id, day, None, round(by, 1)) for day, by in over.items()]
    found += [Breach("calls", route_id, day, None, by) for day, by in many.items()]
    return found


def _visit_breaches(route_id: int, lines: Sequence[Line], own: Sequence[PlanOutlet]) -> list[Breach]:
    planned: dict[int, int] = {}
    for line in lines:
        planned[line.outlet_id] = planned.get(line.outlet_id, 0) + CYCLE // line.weeks
    found = [
        Breach("visits", route_id, None, outlet.id, planned[outlet.id])
        for outlet in own
        if outlet.wanted is not None and planned[outlet.id] != outlet.wanted
    ]
    return found + [Breach("position", route_id, None, outlet.id, 0) for outlet in own if not outlet.placed]


def _figures(
    routes: Sequence[DayRoute], own: Sequence[PlanOutlet], terms: PlanTerms, breaches: Sequence[Breach]
) -> RouteFigures:
    minutes = {str(outlet.id): outlet.minutes for outlet in own}
    service = sum(minutes[visit.store] for route in routes for visit in route.visits)
    weekdays: dict[int, tuple[int, float, float]] = {}
    for route in routes:
        day, long = route.day % WEEK, route.returns - route.leaves
        before = weekdays.get(day, (0, 0.0, 0.0))
        if (len(route.visits), long) >= (before[0], before[2]):
            weekdays[day] = (len(route.visits), route.cost, long)
    return RouteFigures(
        stores=len(own),
        calls=sum(len(route.visits) for route in routes),
        travel=round(sum(route.cost for route in routes), 1),
        service=float(service),
        work=round(sum(route.returns - route.leaves for route in routes), 1),
        days=len(routes),
        longest=round(max(route.returns - route.leaves for route in routes), 1),
        over=sum(route.returns > terms.end_minute + EASE for route in routes),
        late=sum(breach.rule == "hours" for breach in breaches),
        weekdays=tuple(
            (day, calls, round(travel, 1), round(long, 1))
            for day, (calls, travel, long) in sorted(weekdays.items())
        ),
    )


def _timed(lines: Sequence[Line], routes: Sequence[DayRoute]) -> list[Line]:
    """The lines with the minute at which each is usually begun: the mean of its days."""
    starts: dict[tuple[int, int], list[float]] = {}
    by_day = {route.day: route for route in routes}
    for day, route in by_day.items():
        for visit in route.visits:
            starts.setdefault((int(visit.store), day % WEEK), []).append(visit.start)
    timed = []
    for line in lines:
        own = starts[line.outlet_id, line.weekday]
        timed.append(line._replace(planned_minute=min(round(sum(own) / len(own)), 24 * 60 - 1)))
    return timed
