"""Why a store cannot be served, and what makes a whole problem infeasible, in sentences with figures."""

from __future__ import annotations

from routes_planner.calendar.problem import CalendarProblem, Shift, Store
from routes_planner.calendar.schedule import schedule

FULL = "every route of its allowed days is full"


def clock(minutes: float) -> str:
    """Minutes of the day as hh:mm."""
    whole = round(minutes)
    return f"{whole // 60:02d}:{whole % 60:02d}"


def _shift_fault(problem: CalendarProblem, store: Store, shift: Shift) -> str | None:
    """Why one shift, otherwise empty, cannot visit the store; None when it can."""
    if store.demand > shift.capacity:
        return f"its load of {store.demand:g} exceeds the capacity of {shift.capacity:g}"
    if shift.max_calls == 0:
        return "no calls are allowed on its days"
    if schedule(problem, shift, [store]) is not None:
        return None
    arrives = shift.opens + float(problem.travel.minutes[shift.start, store.location])
    closes = max((b for _, b in store.windows_on(shift.day)), default=None)
    less = store.minutes if problem.finish_inside else 0.0
    if closes is not None and closes - less < arrives:
        return f"its window closes at {clock(closes)}, before the earliest arrival at {clock(arrives)}"
    back = 0.0 if shift.end is None else float(problem.travel.minutes[store.location, shift.end])
    out = float(problem.travel.minutes[shift.start, store.location])
    if out + store.minutes + back > shift.max_minutes:
        took = out + store.minutes + back
        return f"going there, the visit and the way back take {took:.0f} minutes of the {shift.max_minutes:g} allowed"
    return (
        f"its opening hours and the shift {clock(shift.opens)}–{clock(min(shift.closes, 1440))} do not meet"
    )


def store_fault(problem: CalendarProblem, store: Store) -> str | None:
    """Why a store cannot be served even by empty routes; None when it can be."""
    patterns = store.patterns
    if store.id in problem.locked_stores:
        patterns = (problem.locked_stores[store.id],)
    fault: str | None = None
    for rep in dict.fromkeys(s.rep for s in problem.shifts):
        if store.reps and rep not in store.reps:
            continue
        shifts = {s.day: s for s in problem.shifts if s.rep == rep}
        for pattern in patterns:
            missing = [day for day in pattern if day not in shifts]
            if missing:
                fault = fault or f"nobody works on day {missing[0]} of its pattern"
                continue
            faults = [_shift_fault(problem, store, shifts[day]) for day in pattern]
            if not any(faults):
                return None
            fault = next(f for f in faults if f)
    if fault is None:
        fault = "no rep may serve it"
    if not problem.same_rep:
        return fault if not _pool_serves(problem, store, patterns) else None
    return fault


def _pool_serves(problem: CalendarProblem, store: Store, patterns: tuple[tuple[int, ...], ...]) -> bool:
    days = {
        shift.day
        for shift in problem.shifts
        if (not store.reps or shift.rep in store.reps) and _shift_fault(problem, store, shift) is None
    }
    return any(set(pattern) <= days for pattern in patterns)


def explain(problem: CalendarProblem) -> tuple[str, ...]:
    """What makes a problem infeasible whatever the plan: one sentence each; empty when nothing is found.

    Looks at each store alone and at total work against total capacity. A problem may be infeasible for reasons that
    only a search finds; the plan's `unserved` list then tells which stores had no room.
    """
    found = []
    for store in problem.stores:
        fault = store_fault(problem, store)
        if fault is not None:
            found.append(f"{store.id}: {fault}")
    visits = {store.id: min(len(p) for p in store.patterns) for store in problem.stores}
    work = sum(store.minutes * visits[store.id] for store in problem.stores)
    room = sum(min(s.max_minutes, s.closes - s.opens) for s in problem.shifts)
    if work > room:
        found.append(f"total work exceeds capacity by {(work - room) / 60:.1f} hours, travel not counted")
    load = sum(store.demand * visits[store.id] for store in problem.stores)
    carry = sum(s.capacity for s in problem.shifts)
    if load > carry:
        found.append(f"total load exceeds capacity by {load - carry:g}")
    calls = sum(visits.values())
    most = [s.max_calls for s in problem.shifts]
    if all(m is not None for m in most):
        allowed = sum(m for m in most if m is not None)
        if calls > allowed:
            found.append(f"{calls} calls are due, {allowed} are allowed: {calls - allowed} too many")
    return tuple(found)


def reason_unserved(problem: CalendarProblem, store: Store) -> str:
    """The reason given for a store that the search left out."""
    fault = store_fault(problem, store)
    if fault is not None:
        return fault
    whole = explain(problem)
    return f"{FULL}; {whole[-1]}" if whole and ":" not in whole[-1] else FULL
