"""Does a plan keep its promises? Written apart from the search: plain Python, from the problem's own words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from routes_planner.breach import Breach
from routes_planner.calendar.plan import CalendarPlan, DayRoute
from routes_planner.calendar.problem import CalendarProblem, Shift, Store

TOLERANCE = 1e-5


def check(
    problem: CalendarProblem, plan: CalendarPlan, start: CalendarPlan | None = None
) -> tuple[Breach, ...]:
    """Every broken promise, in a stable order; empty when all are kept.

    A store that the plan itself lists as unserved is not a breach: it is a promise not made. start: the plan whose
    locked days must stand.
    """
    found = list(_check_routes(problem, plan))
    found += _check_stores(problem, plan)
    found += _check_locked_days(problem, plan, start)
    total = sum(route.cost for route in plan.routes)
    if abs(total - plan.cost) > TOLERANCE * max(1.0, total):
        found.append(
            Breach("cost", "plan", f"the plan says {plan.cost:.4f}, its routes add up to {total:.4f}")
        )
    return tuple(found)


def _check_routes(problem: CalendarProblem, plan: CalendarPlan) -> Iterator[Breach]:
    stores = {store.id: store for store in problem.stores}
    shifts = {(shift.rep, shift.day): shift for shift in problem.shifts}
    used: set[tuple[str, int]] = set()
    for route in plan.routes:
        key = (route.rep, route.day)
        where = f"{route.rep}, day {route.day}"
        shift = shifts.get(key)
        unknown = [visit.store for visit in route.visits if visit.store not in stores]
        if shift is None:
            yield Breach("shift", where, "there is no shift")
        elif unknown:
            yield Breach("known", where, f"there is no store {unknown[0]}")
        else:
            if key in used:
                yield Breach("one_route", where, "has two routes")
            used.add(key)
            yield from _check_limits(problem, route, shift, stores, where)
            yield from _check_times(problem, route, shift, stores, where)
            yield from _check_breaks(route, shift, where)


def _check_limits(
    problem: CalendarProblem, route: DayRoute, shift: Shift, stores: dict[str, Store], where: str
) -> Iterator[Breach]:
    load = sum(stores[visit.store].demand for visit in route.visits)
    if load > shift.capacity + TOLERANCE:
        yield Breach("capacity", where, f"carries {load:g}, may carry {shift.capacity:g}")
    if shift.max_calls is not None and len(route.visits) > shift.max_calls:
        yield Breach("max_calls", where, f"makes {len(route.visits)} calls, may make {shift.max_calls}")
    if route.returns - route.leaves > shift.max_minutes + TOLERANCE:
        took = route.returns - route.leaves
        yield Breach("max_minutes", where, f"takes {took:.2f} minutes, may take {shift.max_minutes:g}")
    if route.leaves < shift.opens - TOLERANCE or route.returns > shift.closes + TOLERANCE:
        yield Breach("shift_hours", where, f"works {route.leaves:.2f}–{route.returns:.2f}, outside the shift")
    at = shift.start
    cost = 0.0
    for visit in route.visits:
        cost += float(problem.travel.cost[at, stores[visit.store].location])
        at = stores[visit.store].location
    if shift.end is not None and route.visits:
        cost += float(problem.travel.cost[at, shift.end])
    if abs(cost - route.cost) > TOLERANCE * max(1.0, cost):
        yield Breach("cost", where, f"says it costs {route.cost:.4f}, costs {cost:.4f}")


def _check_times(
    problem: CalendarProblem, route: DayRoute, shift: Shift, stores: dict[str, Store], where: str
) -> Iterator[Breach]:
    free, at = route.leaves, shift.start
    for visit in route.visits:
        store = stores[visit.store]
        reach = free + float(problem.travel.minutes[at, store.location])
        if visit.start < reach - TOLERANCE:
            yield Breach("order", where, f"{store.id} starts at {visit.start:.2f}, is reached at {reach:.2f}")
        less = store.minutes if problem.finish_inside else 0.0
        windows = sorted(store.windows_on(route.day))
        late = max((minutes for minutes, _ in problem.late_bands), default=0.0)
        if windows and late:
            windows.append((windows[-1][1], windows[-1][1] + late))
        if windows and not any(a - TOLERANCE <= visit.start <= b - less + TOLERANCE for a, b in windows):
            yield Breach(
                "window", where, f"{store.id} starts at {visit.start:.2f}, outside its opening hours"
            )
        free, at = visit.start + store.minutes, store.location
        for rest in route.rests:
            if rest.after == store.id:
                if rest.start < free - TOLERANCE:
                    yield Breach("break", where, f"the break after {store.id} begins before its visit ends")
                free = rest.start + rest.minutes
    if shift.end is not None and route.visits:
        free += float(problem.travel.minutes[at, shift.end])
    if route.returns < free - TOLERANCE:
        yield Breach("order", where, f"is back at {route.returns:.2f}, cannot be before {free:.2f}")


def _check_breaks(route: DayRoute, shift: Shift, where: str) -> Iterator[Breach]:
    for rest in shift.breaks:
        taken = any(
            rest.earliest - TOLERANCE <= r.start <= rest.latest + TOLERANCE
            and r.minutes >= rest.minutes - TOLERANCE
            for r in route.rests
        )
        if route.returns > rest.latest + TOLERANCE and not taken:
            yield Breach("break", where, f"lacks the break of {rest.minutes:g} minutes")


def _check_stores(problem: CalendarProblem, plan: CalendarPlan) -> Iterator[Breach]:
    days: dict[str, list[int]] = defaultdict(list)
    reps: dict[str, set[str]] = defaultdict(set)
    for route in plan.routes:
        for visit in route.visits:
            days[visit.store].append(route.day)
            reps[visit.store].add(route.rep)
    left_out = {entry.store for entry in plan.unserved}
    for store in problem.stores:
        had = tuple(sorted(days.get(store.id, [])))
        if store.id in left_out:
            if had:
                yield Breach("unserved", store.id, "is called unserved, yet is visited")
            continue
        allowed = [tuple(sorted(pattern)) for pattern in store.patterns]
        if store.id in problem.locked_stores:
            allowed = [tuple(sorted(problem.locked_stores[store.id]))]
        if had not in allowed:
            yield Breach("pattern", store.id, f"is visited on days {list(had)}, which no allowed pattern has")
        if problem.same_rep and len(reps[store.id]) > 1:
            yield Breach("same_rep", store.id, f"is visited by {', '.join(sorted(reps[store.id]))}")
        if store.reps and not reps[store.id] <= set(store.reps):
            yield Breach(
                "rep", store.id, f"is visited by {', '.join(sorted(reps[store.id] - set(store.reps)))}"
            )


def _check_locked_days(
    problem: CalendarProblem, plan: CalendarPlan, start: CalendarPlan | None
) -> Iterator[Breach]:
    if start is None:
        return
    for day in problem.locked_days:
        was = {r.rep: [v.store for v in r.visits] for r in start.routes if r.day == day and r.visits}
        now = {r.rep: [v.store for v in r.visits] for r in plan.routes if r.day == day and r.visits}
        if was != now:
            yield Breach("locked_day", f"day {day}", "is locked, yet differs from the start plan")
