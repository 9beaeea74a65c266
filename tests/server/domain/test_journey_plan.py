"""C4, C7: the plan's days by an anchor Monday, over year ends, week 53, leap days and changes of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import DomainError
from server.domain.journey_plan import (
    StopRule,
    business_date,
    is_due,
    minute_of_day,
    next_truck_day,
    next_visit_date,
    visits_between,
    week_index,
)
from tests.contracts import contract

TABLE = contract("journey_plan")
ANCHOR = date(2024, 1, 1)


def name(case: dict[str, Any]) -> str:
    return str(case.get("name", case.get("rule")))


def rules(case: dict[str, Any]) -> list[StopRule]:
    return [StopRule(*rule) for rule in case["rules"]]


def days(texts: list[str]) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


def day_or_none(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@pytest.mark.parametrize("case", TABLE["labels"], ids=name)
def test_a_cycle_has_its_name(case: dict[str, Any]) -> None:
    assert StopRule(*case["rule"]).label == case["expect"]


@pytest.mark.parametrize("case", TABLE["bad_rules"], ids=name)
def test_a_stop_rule_checks_itself(case: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as caught:
        StopRule(*case["rule"])
    assert (caught.value.field, caught.value.rule) == (case["error"]["field"], case["error"]["rule"])


@pytest.mark.parametrize("case", TABLE["is_due"], ids=name)
def test_C7_a_stop_is_due_by_the_anchor_not_by_iso_weeks(case: dict[str, Any]) -> None:
    rule, day, anchor = StopRule(*case["rule"]), *days([case["day"], case["anchor"]])
    if "expect" in case:
        assert is_due(rule, day, anchor) is case["expect"]
        return
    with pytest.raises(DomainError) as caught:
        is_due(rule, day, anchor)
    assert (caught.value.field, caught.value.rule) == (case["error"]["field"], case["error"]["rule"])


@pytest.mark.parametrize("case", TABLE["next_visit"], ids=name)
def test_the_next_visit_date(case: dict[str, Any]) -> None:
    after, holidays = date.fromisoformat(case["after"]), days(case["holidays"])
    assert next_visit_date(rules(case), after, ANCHOR, holidays) == day_or_none(case["expect"])


@pytest.mark.parametrize("case", TABLE["visits_between"], ids=name)
def test_the_visits_of_a_span(case: dict[str, Any]) -> None:
    first, last = days([case["first"], case["last"]])
    found = visits_between(rules(case), first, last, ANCHOR, days(case["holidays"]))
    assert found == days(case["expect"])


@pytest.mark.parametrize("case", TABLE["truck_days"], ids=name)
def test_an_order_rides_on_the_next_truck_day(case: dict[str, Any]) -> None:
    order_day, holidays = date.fromisoformat(case["order_day"]), days(case["holidays"])
    if "expect" in case:
        assert next_truck_day(order_day, case["weekdays"], holidays) == day_or_none(case["expect"])
        return
    with pytest.raises(DomainError) as caught:
        next_truck_day(order_day, case["weekdays"], holidays)
    assert (caught.value.field, caught.value.rule) == (case["error"]["field"], case["error"]["rule"])


@pytest.mark.parametrize("case", TABLE["business_dates"], ids=name)
def test_C4_an_instant_belongs_to_one_day_of_the_territory(case: dict[str, Any]) -> None:
    instant = datetime.fromisoformat(case["instant"])
    if "expect" in case:
        assert business_date(instant, case["tz"]) == date.fromisoformat(case["expect"])
        assert minute_of_day(instant, case["tz"]) == case["minute"]
        return
    with pytest.raises(DomainError) as caught:
        business_date(instant, case["tz"])
    assert (caught.value.field, caught.value.rule) == (case["error"]["field"], case["error"]["rule"])


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(DomainError, match="instant"):
        business_date(datetime(2026, 11, 23, 9), "Asia/Shanghai")  # noqa: DTZ001


def test_an_instant_is_not_taken_for_a_day() -> None:
    with pytest.raises(DomainError, match="after_day"):
        next_visit_date([StopRule(0)], datetime(2026, 11, 23, tzinfo=UTC), ANCHOR)


some_day = st.dates(date(2020, 1, 1), date(2040, 1, 1))
some_rule = st.sampled_from([1, 2, 4]).flatmap(
    lambda weeks: st.builds(StopRule, st.integers(0, 6), st.just(weeks), st.integers(0, weeks - 1))
)


@given(rule=some_rule, after=some_day)
def test_C7_a_stop_comes_once_in_each_cycle_over_any_year_end(rule: StopRule, after: date) -> None:
    first = next_visit_date([rule], after, ANCHOR)
    assert first is not None
    assert timedelta(0) < first - after <= timedelta(weeks=rule.weeks)
    assert next_visit_date([rule], first, ANCHOR) == first + timedelta(weeks=rule.weeks)
    assert is_due(rule, first, ANCHOR)


@given(rules=st.lists(some_rule, max_size=4), first=some_day, length=st.integers(0, 60))
def test_a_span_lists_what_the_next_visit_dates_walk_through(
    rules: list[StopRule], first: date, length: int
) -> None:
    last = first + timedelta(days=length)
    walked, day = [], next_visit_date(rules, first - timedelta(days=1), ANCHOR)
    while day is not None and day <= last:
        walked.append(day)
        day = next_visit_date(rules, day, ANCHOR)
    assert visits_between(rules, first, last, ANCHOR) == walked


@given(day=some_day)
def test_a_week_has_one_index_and_the_next_one_more(day: date) -> None:
    monday = day - timedelta(days=day.weekday())
    assert week_index(day, ANCHOR) == week_index(monday, ANCHOR)
    assert week_index(monday + timedelta(days=7), ANCHOR) == week_index(day, ANCHOR) + 1


@given(order_day=some_day, weekdays=st.sets(st.integers(0, 6), min_size=1))
def test_a_truck_comes_within_a_week(order_day: date, weekdays: set[int]) -> None:
    found = next_truck_day(order_day, weekdays)
    assert found is not None
    assert 1 <= (found - order_day).days <= 7
    assert found.weekday() in weekdays
