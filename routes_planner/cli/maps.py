"""Maps of plans."""

from __future__ import annotations

from collections.abc import Sequence

from routes_planner.calendar.plan import CalendarPlan
from routes_planner.calendar.problem import CalendarProblem
from routes_planner.map_html import MapDot, MapLine, draw_map
from routes_planner.national import NationalPlan
from routes_planner.sequence.plan import SequencePlan
from routes_planner.sequence.problem import SequenceProblem
from routes_planner.territory.problem import TerritoryPlan, TerritoryProblem

AS_THE_CROW_FLIES = "No road service is configured: lines and times cross water and hills."


def day_name(day: int, days_a_week: int) -> str:
    """`week 1 day 1` and so on."""
    return f"week {day // days_a_week + 1} day {day % days_a_week + 1}"


def calendar_lines(problem: CalendarProblem, plan: CalendarPlan) -> tuple[list[MapLine], list[MapDot], bool]:
    """Routes and stores of a calendar, and whether the positions look like degrees."""
    places = problem.travel.places
    if places is None:
        return [], [], False
    stores = {store.id: store for store in problem.stores}
    shifts = {(s.rep, s.day): s for s in problem.shifts}
    lines = []
    for route in plan.routes:
        shift = shifts[route.rep, route.day]
        way = [shift.start, *(stores[v.store].location for v in route.visits)]
        if shift.end is not None:
            way.append(shift.end)
        name = day_name(route.day, problem.days_a_week)
        title = f"{route.rep}, {name}: {len(route.visits)} calls, {route.cost:.0f} travel"
        lines.append(
            MapLine(route.rep, name, tuple((float(places[p, 0]), float(places[p, 1])) for p in way), title)
        )
    dots = []
    for route in plan.routes:
        for visit in route.visits:
            place = places[stores[visit.store].location]
            dots.append(MapDot(route.rep, (float(place[0]), float(place[1])), visit.store))
    unique = list(dict.fromkeys(dots))
    return lines, unique, problem.travel.source != "plane"


def calendar_map(problem: CalendarProblem, plan: CalendarPlan) -> str:
    lines, dots, degrees = calendar_lines(problem, plan)
    notes = [f"{len(plan.routes)} routes, travel {plan.cost:.1f}, {len(plan.unserved)} stores unserved"]
    return draw_map(problem.name, notes, lines, dots, degrees)


def sequence_map(problem: SequenceProblem, plan: SequencePlan) -> str:
    places = problem.travel.places
    if places is None:
        return draw_map(problem.name, ["The problem has no positions to draw."], [], [], False)
    at = {stop.id: stop.location for stop in problem.stops}
    way = [problem.start, *(at[call.stop] for call in plan.calls)]
    if problem.end is not None:
        way.append(problem.end)
    line = MapLine("day", "", tuple((float(places[p, 0]), float(places[p, 1])) for p in way), problem.name)
    dots = [
        MapDot("day", (float(places[at[c.stop], 0]), float(places[at[c.stop], 1])), f"{n}. {c.stop}")
        for n, c in enumerate(plan.calls, start=1)
    ]
    return draw_map(problem.name, [f"travel {plan.cost:.1f}"], [line], dots, problem.travel.source != "plane")


def territory_map(problem: TerritoryProblem, plan: TerritoryPlan) -> str:
    pairs = zip(problem.units, plan.territory_of, strict=True)
    dots = [
        MapDot(f"territory {t + 1}", (unit.x, unit.y), unit.id)
        for unit, t in sorted(pairs, key=lambda p: p[1])
    ]
    notes = [f"cost {plan.cost:.1f}, at most {100 * plan.gap:.2f} % above the least for these centres"]
    return draw_map(problem.name, notes, [], dots, not problem.plane)


def national_map(title: str, made: NationalPlan, notes: Sequence[str]) -> str:
    lines: list[MapLine] = []
    dots: list[MapDot] = []
    for rep in made.reps:
        own_lines, own_dots, _ = calendar_lines(rep.problem, rep.plan)
        lines += own_lines
        dots += own_dots
    return draw_map(title, notes, lines, dots, degrees=True)
