"""The planner's answer to a leaver's question. Computes only, without a database, so that a process of its own can."""

from routes_planner.reassign.check import check
from routes_planner.reassign.problem import HeldStore, ReassignProblem, Receiver
from routes_planner.reassign.solve import NoHandover, solve
from routes_planner.stopping import Stop
from server.services.departures.question import LEAVER, Answer, Question

# 25 km/h on roads that are 1.35 times as long as the straight line, as the planning board has it: metres a minute.
SPEED = 25_000 / 60 / 1.35


class BrokenAnswer(Exception):
    """The planner's answer broke a promise: it is not used."""


def problem_of(question: Question, *, contiguous: bool = True) -> ReassignProblem:
    """The question in the planner's words."""
    stores = tuple(
        HeldStore(
            str(one.outlet_id), one.longitude, one.latitude, one.minutes, one.holder, dict(one.familiar),
            moves_day=tuple(one.new_day),
        )
        for one in question.stores
    )  # fmt: skip
    receivers = tuple(Receiver(route, room) for route, room in sorted(question.room.items()))
    return ReassignProblem(
        "departure", LEAVER, stores, receivers, contiguous=contiguous, cascade=question.cascade, speed=SPEED
    )


def answer(question: Question) -> Answer:
    """The cheapest handover that was found. Where no handover in one piece fits, one that is not is better than none.
    Errors: NoHandover, in the planner's words."""
    for contiguous in (True, False):
        problem = problem_of(question, contiguous=contiguous)
        try:
            found = solve(problem, Stop(seconds=question.seconds), question.seed).proposals[0]
        except NoHandover:
            if contiguous:
                continue
            raise
        broken = check(problem, found)
        if broken:
            raise BrokenAnswer(str(broken[0]))
        taken = {int(one.store): int(one.receiver) for one in found.transfers}
        return Answer(taken, found.cost, found.bound, found.gap)
    raise AssertionError("unreachable")
