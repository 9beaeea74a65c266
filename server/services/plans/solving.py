"""The planner at work on a territory: sequence, journey plan (calendar) or territory. Computes only, without a
database, so that a process of its own can do it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from routes_planner.calendar.check import check
from routes_planner.calendar.journey import JOURNEY
from routes_planner.calendar.patterns import FREQUENCIES, patterns_of
from routes_planner.calendar.plan import CalendarPlan, DayRoute, Visit
from routes_planner.calendar.problem import CalendarProblem, Pattern, Store
from routes_planner.calendar.solve import solve as solve_calendar
from routes_planner.sequence.problem import SequenceProblem
from routes_planner.sequence.problem import Stop as DayStop
from routes_planner.sequence.solve import solve as solve_sequence
from routes_planner.stopping import Progress, Stop
from routes_planner.territory.problem import TerritoryProblem, Unit
from routes_planner.territory.solve import NoDivision
from routes_planner.territory.solve import solve as solve_territory
from server.domain.plans import CYCLE, Line, PlanOutlet, PlanTerms, lines_of_days, numbered
from server.services.plans.pricing import price, shift_of, travel_of
from server.services.plans.task import Task

# How uneven territories may be, tried in turn; the last one no longer asks for connected areas.
TOLERANCES = ((0.05, True), (0.10, True), (0.25, True), (0.25, False))
# Minutes on the road expected a minute of service, for balancing before anything is routed.
TRAVEL_SHARE = 0.35

Tell = Callable[[float, str, str], None]


class BrokenPlan(Exception):
    """The planner's answer broke a promise: it is not used."""


def solve(task: Task, tell: Tell) -> list[Line]:
    """The proposal's lines, in order, with planned minutes. `tell(share, stage, detail)` hears how far it is."""
    members = {route_id: _members(task, route_id) for route_id in task.route_ids}
    if task.kind == "territory":
        tell(0.0, "dividing", str(len(task.outlets)))
        members = divide(task, members)
    planned: list[Line] = []
    for number, route_id in enumerate(task.route_ids):
        share = number / len(task.route_ids)
        tell(share, "routing", f"{number + 1}/{len(task.route_ids)}")
        own = [line._replace(route_id=route_id) for line in task.lines if line.outlet_id in members[route_id]]
        if task.kind == "sequence":
            lines = _in_best_order(task, route_id, own)
        else:
            width = 1 / len(task.route_ids)
            lines = calendar(task, route_id, members[route_id], own, _within(tell, share, width))
        planned += price(route_id, lines, task.outlets, task.terms).lines
    return numbered(planned)


def _within(tell: Tell, share: float, width: float) -> Callable[[float], None]:
    return lambda part: tell(share + width * min(part, 1.0), "", "")


def _members(task: Task, route_id: int) -> set[int]:
    return {line.outlet_id for line in task.lines if line.route_id == route_id}


def divide(task: Task, members: Mapping[int, set[int]]) -> dict[int, set[int]]:
    """Compact routes of even work, each around where it is today; locked stores stay, those on no route join one."""
    placed = [outlet for outlet in task.outlets.values() if outlet.placed]
    homes = tuple(_middle([task.outlets[one] for one in members[r]] or placed) for r in task.route_ids)
    units = tuple(
        Unit(str(o.id), o.longitude or 0.0, o.latitude or 0.0, (work_of(o) * (1 + TRAVEL_SHARE),))
        for o in placed
    )
    division: dict[int, set[int]] = {route_id: set() for route_id in task.route_ids}
    home_of = {outlet_id: route_id for route_id, own in members.items() for outlet_id in own}
    owner: Sequence[int] | None = None
    for tolerance, contiguous in TOLERANCES:
        problem = TerritoryProblem(
            "territory", units, len(task.route_ids), (tolerance,), contiguous=contiguous, homes=homes
        )
        try:
            owner = solve_territory(problem, Stop(seconds=max(5.0, task.seconds / 4)), task.seed).territory_of
            break
        except NoDivision:
            continue
    for at, outlet in enumerate(placed):
        chosen = home_of.get(outlet.id) if owner is None else task.route_ids[owner[at]]
        if outlet.id in task.locked and outlet.id in home_of:
            chosen = home_of[outlet.id]
        if chosen is not None:
            division[chosen].add(outlet.id)
    for outlet_id, route_id in home_of.items():
        if not task.outlets[outlet_id].placed:
            division[route_id].add(outlet_id)
    return division


def work_of(outlet: PlanOutlet) -> float:
    """Minutes in the stores of four weeks."""
    return float((outlet.wanted or CYCLE) * outlet.minutes)


def _middle(outlets: Sequence[PlanOutlet]) -> tuple[float, float]:
    own = [(o.longitude, o.latitude) for o in outlets if o.longitude is not None and o.latitude is not None]
    if not own:
        return 0.0, 0.0
    return sum(x for x, _ in own) / len(own), sum(y for _, y in own) / len(own)


def calendar(
    task: Task, route_id: int, members: set[int], own: Sequence[Line], heard: Callable[[float], None]
) -> list[Line]:
    """Which stores on which days, and in what order. Stores that find no place keep the days they have."""
    stores = [task.outlets[outlet_id] for outlet_id in sorted(members) if task.outlets[outlet_id].placed]
    left = [line for line in own if not task.outlets[line.outlet_id].placed]
    if not stores:
        return left
    had = _days_had(own, task.terms)
    problem = journey_problem(task, route_id, stores, had)
    start = _start(route_id, own, {store.id for store in problem.stores}, task.terms)
    params = replace(JOURNEY, change_price=task.terms.change_price)
    seconds = max(task.seconds / len(task.route_ids), 0.5)

    def progressed(at: Progress) -> None:
        heard(at.seconds / seconds)

    plan = solve_calendar(problem, Stop(seconds=seconds), task.seed, params, start, progressed)
    broken = check(problem, plan)
    if broken:
        raise BrokenPlan(str(broken[0]))
    unserved = {int(entry.store) for entry in plan.unserved}
    kept = [line for line in own if line.outlet_id in unserved]
    return in_order([*_lines(route_id, plan, task.terms), *kept, *left], plan, task.terms)


def journey_problem(
    task: Task, route_id: int, stores: Sequence[PlanOutlet], had: Mapping[int, Pattern]
) -> CalendarProblem:
    """One rep's four weeks: working days only, each store with the days that its visits may have."""
    weekdays = task.terms.weekdays
    days = CYCLE * len(weekdays)
    questions = tuple(
        Store(
            id=str(store.id), location=at, minutes=float(store.minutes),
            patterns=patterns(store, had.get(store.id), weekdays, store.id in task.locked),
            day_windows={
                str(day): store.windows(weekdays[day % len(weekdays)]) for day in range(days) if store.hours
            },
        )
        for at, store in enumerate(stores)
    )  # fmt: skip
    shifts = tuple(shift_of(str(route_id), day, len(stores), task.terms) for day in range(days))
    return CalendarProblem(
        str(route_id), days, questions, shifts, travel_of(stores), days_a_week=len(weekdays)
    )


def patterns(
    store: PlanOutlet, had: Pattern | None, weekdays: Sequence[int], locked: bool
) -> tuple[Pattern, ...]:
    """The sets of days that a store may have: as often as wanted, evenly spread, never when it is closed all day.
    What it has today is always one of them."""
    own = (had,) if had else ()
    if locked and had:
        return own
    wanted = store.wanted or CYCLE
    often = {visits * CYCLE // every: name for name, (visits, every) in FREQUENCIES.items()}
    found: tuple[Pattern, ...] = ()
    if wanted >= CYCLE * len(weekdays):
        found = (tuple(range(CYCLE * len(weekdays))),)
    elif wanted in often and FREQUENCIES[often[wanted]][0] <= len(weekdays):
        found = patterns_of(often[wanted], CYCLE, len(weekdays))
    elif not own:
        found = patterns_of("1/week", CYCLE, len(weekdays))
    closed = {
        day
        for day in range(CYCLE * len(weekdays))
        if store.hours and not store.windows(weekdays[day % len(weekdays)])
    }
    open_days = tuple(one for one in found if not closed & set(one))
    return tuple(dict.fromkeys([*own, *(open_days or found)]))


def _days_had(own: Sequence[Line], terms: PlanTerms) -> dict[int, Pattern]:
    """Store → its days of the cycle today, for those whose days are all working days."""
    place = {weekday: at for at, weekday in enumerate(terms.weekdays)}
    days: dict[int, set[int]] = {}
    outside: set[int] = set()
    for line in own:
        if line.weekday not in place:
            outside.add(line.outlet_id)
            continue
        for week in line.cycle_weeks:
            days.setdefault(line.outlet_id, set()).add(week * len(place) + place[line.weekday])
    return {outlet: tuple(sorted(had)) for outlet, had in days.items() if outlet not in outside}


def _start(route_id: int, own: Sequence[Line], known: set[str], terms: PlanTerms) -> CalendarPlan:
    """Today's days as the planner's own plan; hours are reckoned anew there."""
    place = {weekday: at for at, weekday in enumerate(terms.weekdays)}
    days: dict[int, list[str]] = {}
    for line in own:
        if line.weekday in place and str(line.outlet_id) in known:
            for week in line.cycle_weeks:
                days.setdefault(week * len(place) + place[line.weekday], []).append(str(line.outlet_id))
    routes = tuple(
        DayRoute(str(route_id), day, tuple(Visit(store, 0.0) for store in stores), 0.0, 0.0, 0.0)
        for day, stores in sorted(days.items())
    )
    return CalendarPlan(routes, (), 0.0, 0.0)


def _lines(route_id: int, plan: CalendarPlan, terms: PlanTerms) -> list[Line]:
    days: dict[int, list[tuple[int, int]]] = {}
    for route in plan.routes:
        week, at = divmod(route.day, len(terms.weekdays))
        for visit in route.visits:
            days.setdefault(int(visit.store), []).append((week, terms.weekdays[at]))
    return [line for store, had in days.items() for line in lines_of_days(store, route_id, had)]


def in_order(lines: Sequence[Line], plan: CalendarPlan, terms: PlanTerms) -> list[Line]:
    """A weekday has one order for all its weeks: that of the mean hours; what the plan does not know comes last."""
    starts: dict[tuple[int, int], list[float]] = {}
    for route in plan.routes:
        weekday = terms.weekdays[route.day % len(terms.weekdays)]
        for visit in route.visits:
            starts.setdefault((int(visit.store), weekday), []).append(visit.start)

    def place(line: Line) -> tuple[int, float, int]:
        own = starts.get((line.outlet_id, line.weekday))
        return line.weekday, sum(own) / len(own) if own else float("inf"), line.outlet_id

    return sorted(lines, key=place)


def _in_best_order(task: Task, route_id: int, own: Sequence[Line]) -> list[Line]:
    """Each weekday's stores in the best order; days stay. One that cannot be kept within hours is ordered by travel."""
    ordered: list[Line] = []
    for weekday in sorted({line.weekday for line in own}):
        lines = [line for line in own if line.weekday == weekday]
        ids = list(dict.fromkeys(line.outlet_id for line in lines))
        stores = [task.outlets[outlet_id] for outlet_id in ids]
        best = _sequence(task, route_id, stores, weekday, timed=True)
        if len(best) < len(ids):
            best = _sequence(task, route_id, stores, weekday, timed=False)
        place = {outlet_id: at for at, outlet_id in enumerate(best)}
        ordered += sorted(lines, key=lambda line: (place.get(line.outlet_id, len(place)), line.phase))
    return ordered


def _sequence(
    task: Task, route_id: int, stores: Sequence[PlanOutlet], weekday: int, *, timed: bool
) -> list[int]:
    stops = tuple(
        DayStop(str(store.id), at, float(store.minutes), store.windows(weekday) if timed else ())
        for at, store in enumerate(stores)
    )
    opens = float(task.terms.start_minute)
    problem = SequenceProblem(str(route_id), stops, len(stores), None, travel_of(stores), opens)
    plan = solve_sequence(problem, Stop(steps=4_000), task.seed)
    return [int(call.stop) for call in plan.calls]
