"""What an edit makes of a store's visits, what changed, and how plans are counted."""

import pytest

from server.domain.errors import DomainError
from server.domain.plans import (
    Change,
    Edit,
    Line,
    PlanTerms,
    RouteFigures,
    changes,
    lines_of_days,
    moved,
    numbered,
    stores_that_move,
    total,
)


def line(outlet: int, route: int, weekday: int, weeks: int = 1, phase: int = 0, sequence: int = 1) -> Line:
    return Line(outlet, route, weekday, weeks, phase, sequence, None)


def move(**words: int) -> Edit:
    return Edit("move", (7,), **words)  # type: ignore[arg-type]


def test_a_visit_changes_its_weekday_and_keeps_its_week_cycle():
    after = moved([line(7, 1, 0, 2, 1)], move(weekday=3))
    assert [(one.route_id, one.weekday, one.weeks, one.phase) for one in after] == [(1, 3, 2, 1)]


def test_all_visits_of_a_store_change_the_route_together():
    after = moved([line(7, 1, 0), line(7, 1, 3)], move(route_id=2, weekday=1, from_weekday=0))
    assert [(one.route_id, one.weekday) for one in after] == [(2, 1), (2, 3)]


def test_a_store_with_two_days_must_be_told_which_one_moves():
    with pytest.raises(DomainError, match="from_weekday"):
        moved([line(7, 1, 0), line(7, 1, 3)], move(weekday=1))


def test_no_store_is_visited_twice_on_one_day_but_in_other_weeks_it_may():
    with pytest.raises(DomainError, match="weekday"):
        moved([line(7, 1, 0), line(7, 1, 3)], move(from_weekday=0, weekday=3))
    with pytest.raises(DomainError, match="weekday"):
        moved([line(7, 1, 0, 2, 0), line(7, 1, 3)], move(from_weekday=0, weekday=3))
    after = moved([line(7, 1, 0, 2, 0), line(7, 1, 3, 2, 1)], move(from_weekday=0, weekday=3))
    assert [(one.weekday, one.weeks, one.phase) for one in after] == [(3, 2, 0), (3, 2, 1)]


def test_a_store_on_no_route_needs_a_route_and_a_day_and_is_visited_weekly():
    assert moved([], move(route_id=2, weekday=4)) == [Line(7, 2, 4, 1, 0, 0, None)]
    for words in ({"route_id": 2}, {"weekday": 4}):
        with pytest.raises(DomainError):
            moved([], move(**words))


@pytest.mark.parametrize(
    ("days", "cycles"),
    [
        ([(0, 2), (1, 2), (2, 2), (3, 2)], [(2, 1, 0)]),
        ([(1, 2), (3, 2)], [(2, 2, 1)]),
        ([(3, 5)], [(5, 4, 3)]),
        ([(0, 1), (1, 1)], [(1, 4, 0), (1, 4, 1)]),
        ([(0, 0), (2, 0), (1, 3), (3, 3)], [(0, 2, 0), (3, 2, 1)]),
    ],
)
def test_visits_of_four_weeks_become_the_fewest_stops_that_say_the_same(
    days: list[tuple[int, int]], cycles: list[tuple[int, int, int]]
):
    made = lines_of_days(7, 1, days)
    assert [(one.weekday, one.weeks, one.phase) for one in made] == cycles
    assert sorted((week, one.weekday) for one in made for week in one.cycle_weeks) == sorted(days)


def test_what_changed_is_told_for_each_outlet_and_route():
    before = [line(1, 1, 0), line(2, 1, 0, sequence=2), line(3, 1, 1), line(4, 1, 2)]
    after = [line(1, 1, 0), line(2, 2, 0), line(3, 1, 4), line(4, 1, 2, sequence=3)]
    assert changes(before, after) == [
        Change(2, 1, "left", (0,), ()),
        Change(2, 2, "came", (), (0,)),
        Change(3, 1, "moved", (1,), (4,)),
        Change(4, 1, "order", (2,), (2,)),
    ]
    assert stores_that_move(before, after) == [2, 3]


def test_places_are_counted_in_each_day_of_a_route():
    made = numbered([line(1, 1, 0), line(2, 1, 0), line(3, 1, 1), line(4, 2, 0)])
    assert [one.sequence for one in made] == [1, 2, 1, 1]


def test_the_territorys_figures_by_hand():
    figures = {
        1: RouteFigures(stores=10, calls=40, travel=60, work=600, days=5, longest=150, over=1, late=2),
        2: RouteFigures(stores=6, calls=20, travel=30, work=400, days=5, longest=90),
        3: RouteFigures(),
    }
    assert total(figures) == {
        "stores": 16, "calls": 60, "travel": 90, "work": 1000, "days": 10, "calls_a_day": 6,
        "hours_a_day": 1.67, "longest": 150, "over": 1, "late": 2, "balance": 20,
    }  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        {"start_minute": 600, "end_minute": 600},
        {"minutes_a_stop": 0},
        {"weekdays": ()},
        {"weekdays": (0, 0)},
        {"weekdays": (7,)},
        {"most_calls": 0},
    ],
)
def test_a_working_day_that_cannot_be_is_refused(words: dict[str, object]):
    with pytest.raises(DomainError):
        PlanTerms(**words)  # type: ignore[arg-type]
