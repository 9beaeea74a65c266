"""What the planner is asked about a leaver's stores, and what it answers."""

from __future__ import annotations

from collections import Counter

import pytest

from server.domain.plans import Line, PlanOutlet, PlanTerms
from server.services.departures.question import EVEN, LEAVER, Holding, Question, question_of
from server.services.departures.reassigning import answer, problem_of

LEAVING, NEAREST, OTHER = 1, 2, 3


def asked(*, minutes: int = 10, end: int = 17 * 60 + 30) -> Question:
    """Three routes with ten stores each, one visit a week; the leaver's lie beside those of the nearest colleague."""
    places = {LEAVING: 114.160, NEAREST: 114.165, OTHER: 114.190}
    outlets, lines = {}, []
    for route, east in places.items():
        for n in range(10):
            key = route * 100 + n
            outlets[key] = PlanOutlet(key, f"S{key}", "", "B", 22.300 + n * 0.001, east, minutes)
            lines.append(Line(key, route, n % 5, 1, 0, n, None))
    terms = PlanTerms(end_minute=end)
    leaving, taking = frozenset({LEAVING}), frozenset({NEAREST, OTHER})
    return question_of(lines, outlets, terms, leaving, taking, {}, cascade=False, seconds=1.0)


def test_nobody_is_given_much_more_than_an_even_share_though_the_nearest_has_the_hours() -> None:
    question = asked()
    work = sum(one.minutes for one in question.stores)
    assert question.room == pytest.approx({"2": EVEN * work / 2, "3": EVEN * work / 2})
    taken = Counter(answer(question).taken.values())
    assert taken[NEAREST] + taken[OTHER] == 10
    assert min(taken[NEAREST], taken[OTHER]) >= 3, "both take part"


def test_a_shift_that_is_shorter_than_an_even_share_is_the_limit_and_what_is_missing_is_shared() -> None:
    """Ten minutes a day are no working day: the room is made larger, evenly, until all stores find somebody."""
    question = asked(end=8 * 60 + 40)
    held = {route: sum(one.minutes for one in question.stores if one.holder == route) for route in ("2", "3")}
    need = sum(one.minutes for one in question.stores if one.holder == LEAVER)
    added = {route: room - held[route] for route, room in question.room.items()}
    assert added["2"] == pytest.approx(added["3"])
    assert sum(added.values()) == pytest.approx(1.15 * need)


def test_familiar_colleagues_and_the_days_that_they_work_are_what_the_planner_is_asked_about() -> None:
    stores = [
        Holding(
            n, 114.16 + n * 0.001, 22.3, 100.0, holder, {"2": 1.0} if n == 5 else {}, ["1"] if n == 4 else []
        )
        for n, holder in enumerate(["1"] * 3 + [LEAVER] * 4 + ["2"] * 3)
    ]
    question = Question(stores, {"1": 600.0, "2": 600.0}, cascade=False, seconds=2.0)
    problem = problem_of(question)
    assert problem.stores[5].familiarity == {"2": 1.0}
    assert problem.stores[4].moves_day == ("1",)
    found = answer(question)
    assert set(found.taken) == {3, 4, 5, 6}
    assert found.taken[6] == 2
    assert found.gap <= 0.01
