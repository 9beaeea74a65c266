"""Does a day keep its promises? Plain Python, from the problem's own words."""

from __future__ import annotations

from collections.abc import Iterator

from routes_planner.breach import Breach
from routes_planner.sequence.plan import SequencePlan
from routes_planner.sequence.problem import SequenceProblem, Stop

TOLERANCE = 1e-5


def check(problem: SequenceProblem, plan: SequencePlan) -> tuple[Breach, ...]:
    """Every broken promise; empty when all are kept. Stops that the plan lists as unserved are no breach."""
    stops = {stop.id: stop for stop in problem.stops}
    unknown = [call.stop for call in plan.calls if call.stop not in stops]
    if unknown:
        return (Breach("known", unknown[0], "there is no such stop"),)
    found = list(_check_calls(problem, plan))
    found += _check_day(problem, plan)
    found += _check_hours(problem, plan, stops)
    found += _check_breaks(problem, plan)
    return tuple(found)


def _check_calls(problem: SequenceProblem, plan: SequencePlan) -> Iterator[Breach]:
    made = [call.stop for call in plan.calls]
    left_out = {entry.store for entry in plan.unserved}
    for stop in problem.stops:
        times = made.count(stop.id)
        expected = 0 if stop.id in left_out else 1
        if times != expected:
            yield Breach("once", stop.id, f"is visited {times} times, should be {expected}")
    if problem.max_calls is not None and len(made) > problem.max_calls:
        yield Breach("max_calls", "day", f"has {len(made)} calls, may have {problem.max_calls}")


def _check_day(problem: SequenceProblem, plan: SequencePlan) -> Iterator[Breach]:
    if plan.leaves < problem.opens - TOLERANCE or plan.returns > problem.closes + TOLERANCE:
        yield Breach("shift_hours", "day", f"runs {plan.leaves:.2f}–{plan.returns:.2f}, outside the shift")
    if plan.returns - plan.leaves > problem.max_minutes + TOLERANCE:
        yield Breach("max_minutes", "day", f"takes {plan.returns - plan.leaves:.2f} minutes")


def _check_hours(problem: SequenceProblem, plan: SequencePlan, stops: dict[str, Stop]) -> Iterator[Breach]:
    free, at, cost, late = plan.leaves, problem.start, 0.0, 0.0
    for call in plan.calls:
        stop = stops[call.stop]
        reach = free + float(problem.travel.minutes[at, stop.location])
        cost += float(problem.travel.cost[at, stop.location])
        if call.start < reach - TOLERANCE:
            yield Breach("order", stop.id, f"starts at {call.start:.2f}, is reached at {reach:.2f}")
        missed = _minutes_late(problem, stop, call.start)
        late += missed
        most = problem.late_most if problem.late_price is not None else 0.0
        if missed > most + TOLERANCE:
            yield Breach("window", stop.id, f"starts at {call.start:.2f}, outside its opening hours")
        free, at = call.start + stop.minutes, stop.location
        for rest in plan.rests:
            if rest.after == stop.id:
                if rest.start < free - TOLERANCE:
                    yield Breach("break", stop.id, "the break begins before the visit ends")
                free = rest.start + rest.minutes
    if problem.end is not None and plan.calls:
        free += float(problem.travel.minutes[at, problem.end])
        cost += float(problem.travel.cost[at, problem.end])
    if plan.returns < free - TOLERANCE:
        yield Breach("order", "day", f"ends at {plan.returns:.2f}, cannot before {free:.2f}")
    if abs(cost - plan.cost) > TOLERANCE * max(1.0, cost):
        yield Breach("cost", "day", f"says it costs {plan.cost:.4f}, costs {cost:.4f}")
    if abs(late - plan.late) > TOLERANCE * max(1.0, late):
        yield Breach("late", "day", f"says it is {plan.late:.2f} minutes late, is {late:.2f}")


def _minutes_late(problem: SequenceProblem, stop: Stop, start: float) -> float:
    """Infinite before opening or between windows; minutes after the last closing otherwise."""
    closing = float("-inf")
    for opens, closes in stop.windows or ((float("-inf"), float("inf")),):
        last = closes - stop.minutes if problem.finish_inside else closes
        if opens - TOLERANCE <= start <= last + TOLERANCE:
            return 0.0
        closing = max(closing, last)
    return start - closing if start > closing else float("inf")


def _check_breaks(problem: SequenceProblem, plan: SequencePlan) -> Iterator[Breach]:
    for rest in problem.breaks:
        taken = any(
            rest.earliest - TOLERANCE <= r.start <= rest.latest + TOLERANCE
            and r.minutes >= rest.minutes - TOLERANCE
            for r in plan.rests
        )
        if plan.calls and plan.returns > rest.latest + TOLERANCE and not taken:
            yield Breach("break", "day", f"lacks the break of {rest.minutes:g} minutes")
