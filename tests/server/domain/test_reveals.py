"""How many numbers may still be opened, and which openings are out of the ordinary."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from server.domain.errors import DomainError
from server.domain.operation_bodies import ContactReveal
from server.domain.reveals import (
    Left,
    Quota,
    Used,
    is_nearly_used,
    is_unusual_hour,
    is_unusual_pace,
    over_quota,
    quota_left,
)

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HONG_KONG = "Asia/Hong_Kong"


def test_what_is_left_is_never_below_none_and_an_approval_adds_ten() -> None:
    assert quota_left(Quota(), Used(today=7, outlet=1)) == Left(23, 2)
    assert quota_left(Quota(), Used(today=41, outlet=5)) == Left(0, 0)
    assert quota_left(Quota(), Used(today=35, outlet=0, extra_today=10)) == Left(5, 3)


@pytest.mark.parametrize(
    ("used", "at_night", "limit"),
    [
        (Used(today=29, outlet=2), False, None),
        (Used(today=29, outlet=3), False, "over_outlet"),
        (Used(today=30, outlet=0), False, "over_day"),
        (Used(today=30, outlet=0, extra_today=10), False, None),
        (Used(today=3, outlet=0, night=3), True, "over_night"),
        (Used(today=3, outlet=0, night=3), False, None),
        (Used(today=2, outlet=0, night=2), True, None),
    ],
)
def test_one_more_opening_breaks_the_first_limit_that_it_meets(
    used: Used, at_night: bool, limit: str | None
) -> None:
    assert over_quota(Quota(), used, at_night=at_night) == limit


def test_four_fifths_of_the_day_are_told_from_the_twenty_fourth_on() -> None:
    assert [is_nearly_used(Quota(), Used(today=n, outlet=0)) for n in (23, 24, 30)] == [False, True, True]


def test_the_hour_is_the_territorys_also_when_its_clocks_change() -> None:
    assert not is_unusual_hour(NOON, HONG_KONG)
    assert is_unusual_hour(datetime(2026, 11, 23, 14, 0, tzinfo=UTC), HONG_KONG), "22:00"
    assert not is_unusual_hour(datetime(2026, 11, 22, 22, 0, tzinfo=UTC), HONG_KONG), "06:00"
    # New York: 05:59 before, 06:59 an hour later by the sun, on the night when summer time ends.
    assert is_unusual_hour(datetime(2026, 10, 31, 9, 59, tzinfo=UTC), "America/New_York")
    assert is_unusual_hour(datetime(2026, 11, 1, 10, 59, tzinfo=UTC), "America/New_York")
    assert not is_unusual_hour(datetime(2026, 11, 1, 11, 0, tzinfo=UTC), "America/New_York")


def test_seven_within_ten_minutes_are_no_work() -> None:
    six = [NOON - timedelta(minutes=n) for n in range(6)]
    assert not is_unusual_pace(six, NOON)
    assert is_unusual_pace([*six, NOON - timedelta(minutes=9)], NOON)
    assert not is_unusual_pace([*six, NOON - timedelta(minutes=10)], NOON)
    assert not is_unusual_pace([*six, NOON + timedelta(minutes=1)], NOON), "what came later is judged then"


def test_a_quota_below_none_is_refused() -> None:
    with pytest.raises(DomainError) as refused:
        Quota(per_outlet=-1)
    assert refused.value.field == "per_outlet"


def body(**changes: object) -> dict[str, object]:
    return {
        "reveal_id": "0193a2b4-0000-7000-8000-000000000000",
        "outlet_id": 7,
        "contact_id": 9,
        "reason": "call_owner",
        "words": "",
        "at": "2026-11-23T04:00:00Z",
        "fix": None,
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": "curious"}, "reason"),
        ({"reason": "other"}, "words"),
        ({"words": "x" * 201}, "words"),
        ({"outlet_id": 0}, "outlet_id"),
        ({"outlet_id": True}, "outlet_id"),
        ({"fix": {"latitude": 91, "longitude": 0, "accuracy_m": 5}}, "fix.latitude"),
        ({"at": "yesterday"}, "at"),
        ({"more": 1}, "more"),
    ],
)
def test_a_body_that_breaks_a_rule_names_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        ContactReveal.read(body(**changes))
    assert refused.value.field == field


def test_a_body_is_read_as_it_was_meant() -> None:
    read = ContactReveal.read(
        body(reason="other", words="换老板", fix={"latitude": 22.3, "longitude": 114.1, "accuracy_m": 8})
    )
    assert (read.outlet_id, read.contact_id, read.words, read.at) == (7, 9, "换老板", NOON)
    assert read.fix is not None
    assert read.fix.accuracy_m == 8
