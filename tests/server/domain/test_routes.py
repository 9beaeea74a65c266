"""Drafts of routes, the stops of a day, and who held what when."""

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import DomainError
from server.domain.routes import (
    DraftRules,
    Held,
    Place,
    StopPlan,
    day_problems,
    draft,
    holder_at,
    holds_on,
    in_order,
    metres_between,
    path_metres,
    planned_minutes,
    split,
)

places = st.lists(
    st.tuples(st.floats(22.2, 22.5), st.floats(113.9, 114.3)), min_size=1, max_size=60, unique=True
).map(lambda rows: [Place(index + 1, *row) for index, row in enumerate(rows)])


@given(places, st.integers(1, 7))
def test_a_split_gives_each_place_to_one_group_and_sizes_differ_by_one_at_most(found, parts):
    groups = split(found, parts)
    assert len(groups) == parts
    assert sorted(place.id for group in groups for place in group) == [place.id for place in found]
    sizes = [len(group) for group in groups]
    assert max(sizes) - min(sizes) <= 1


@given(places)
def test_ordering_a_day_keeps_its_places_and_never_lengthens_the_path_from_nearest_neighbour(found):
    ordered = in_order(found)
    assert sorted(ordered) == sorted(found)
    if len(found) >= 3:
        for i in range(len(ordered) - 1):
            swapped = [*ordered[:i], *reversed(ordered[i:])]
            assert path_metres(ordered) <= path_metres(swapped) + 2


def test_stores_along_one_street_are_walked_from_one_end_to_the_other():
    street = [Place(index, 22.28, 114.15 + index / 1000) for index in (3, 1, 4, 2, 5)]
    assert [place.id for place in in_order(street)] == [1, 2, 3, 4, 5]


def test_a_draft_visits_every_store_once_a_week_on_working_days_only():
    found = [Place(index, 22.2 + index % 17 / 100, 114.0 + index % 23 / 100) for index in range(1, 332)]
    drafted = draft(found, DraftRules(routes=2, weekdays=(0, 1, 2, 3, 4, 5)))
    stops = [stop for one in drafted for day in one.days.values() for stop in day]
    assert sorted(stop.outlet_id for stop in stops) == [place.id for place in found]
    assert {weekday for one in drafted for weekday in one.days} == {0, 1, 2, 3, 4, 5}
    sizes = [len(day) for one in drafted for day in one.days.values()]
    assert max(sizes) - min(sizes) <= 2
    for one in drafted:
        for day in one.days.values():
            assert [stop.sequence for stop in day] == list(range(1, len(day) + 1))
            assert [stop.planned_minute for stop in day] == sorted(stop.planned_minute for stop in day)


def test_the_same_facts_give_the_same_draft_whatever_order_they_come_in():
    found = [
        Place(index, 22.2 + index * 7 % 17 / 100, 114.0 + index * 5 % 23 / 100) for index in range(1, 60)
    ]
    assert draft(found, DraftRules(routes=3)) == draft(list(reversed(found)), DraftRules(routes=3))


def test_planned_times_add_service_and_travel_and_stay_within_the_day():
    found = [Place(1, 22.28, 114.15), Place(2, 22.28, 114.16)]
    metres = metres_between(*found) * 1.4
    expected = 510 + 8 + metres / 250
    assert planned_minutes(found, DraftRules(routes=1)) == [510, round(expected)]
    late = [Place(index, 22.28 + index / 10, 114.15) for index in range(30)]
    assert planned_minutes(late, DraftRules(routes=1, start_minute=1430))[-1] == 1439


def test_distances_within_a_city_agree_with_the_great_circle():
    # Central to Tsim Sha Tsui pier, by the haversine formula on a 6,371,008.8 m sphere.
    a, b = Place(1, 22.2867, 114.1614), Place(2, 22.2938, 114.1689)
    half = (
        math.sin(math.radians(b.latitude - a.latitude) / 2) ** 2
        + math.cos(math.radians(a.latitude))
        * math.cos(math.radians(b.latitude))
        * math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    )
    great_circle = 2 * 6_371_008.8 * math.asin(math.sqrt(half))
    assert metres_between(a, b) == pytest.approx(great_circle, rel=1e-3)


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"routes": 0}, "routes"),
        ({"routes": 101}, "routes"),
        ({"routes": 1, "weekdays": ()}, "weekdays"),
        ({"routes": 1, "weekdays": (1, 1)}, "weekdays"),
        ({"routes": 1, "weekdays": (7,)}, "weekdays"),
        ({"routes": 1, "start_minute": 1440}, "start_minute"),
        ({"routes": 1, "minutes_a_stop": 0}, "minutes_a_stop"),
    ],
)
def test_rules_of_a_draft_that_make_no_sense_name_the_field(rules, field):
    with pytest.raises(DomainError) as refused:
        DraftRules(**rules)
    assert refused.value.field == field


def test_a_draft_of_nothing_or_of_too_much_is_refused():
    with pytest.raises(DomainError, match="outlets"):
        draft([], DraftRules(routes=1))
    many = [Place(index, 22.3, 114.1 + index / 1e6) for index in range(201)]
    with pytest.raises(DomainError, match="outlets"):
        draft(many, DraftRules(routes=1, weekdays=(0,)))


def test_a_days_stops_name_each_fault_by_its_place():
    problems = day_problems(
        [
            StopPlan(1),
            StopPlan(1),
            StopPlan(2, weeks=3),
            StopPlan(3, weeks=2, phase=2),
            StopPlan(4, planned_minute=1440),
        ]
    )
    assert [(one.field, one.rule) for one in problems] == [
        ("stops.1.outlet_id", "twice"),
        ("stops.2.weeks", "one_of"),
        ("stops.3.phase", "at_most"),
        ("stops.4.planned_minute", "at_most"),
    ]


START = datetime(2026, 11, 2, tzinfo=UTC)


def test_who_held_a_route_is_read_from_half_open_dates():
    held = [Held(1, START, START + timedelta(days=7), True), Held(2, START + timedelta(days=7), None, True)]
    assert holder_at(held, START - timedelta(seconds=1)) is None
    assert holder_at(held, START) == 1
    assert holder_at(held, START + timedelta(days=7) - timedelta(microseconds=1)) == 1
    assert holder_at(held, START + timedelta(days=7)) == 2
    assert holder_at([], START) is None


def test_a_substitution_covers_the_regular_holder_while_it_lasts():
    held = [
        Held(1, START, None, True),
        Held(9, START + timedelta(days=3), START + timedelta(days=4), False),
    ]
    assert holder_at(held, START + timedelta(days=2)) == 1
    assert holder_at(held, START + timedelta(days=3)) == 9
    assert holder_at(held, START + timedelta(days=4)) == 1


def test_a_dated_row_holds_on_its_first_and_last_day():
    first, last = date(2026, 2, 28), date(2028, 2, 29)
    assert holds_on(first, last, first)
    assert holds_on(first, last, last)
    assert not holds_on(first, last, first - timedelta(days=1))
    assert not holds_on(first, last, last + timedelta(days=1))
    assert holds_on(first, None, date(2100, 1, 1))
