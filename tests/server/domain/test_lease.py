"""C1, C2: a lease by clocks that are not trusted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import DomainError
from server.domain.lease import lease_for, lease_state
from tests.contracts import contract

TABLE = contract("lease")
CLOCKS = ("lease_from", "lease_until", "now", "high_water")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_the_state_of_a_lease(case: dict[str, Any]) -> None:
    clocks = [instant((TABLE["base"] | case)[clock]) for clock in CLOCKS]
    if "expect" in case:
        assert lease_state(*clocks) == case["expect"]
        return
    with pytest.raises(DomainError) as caught:
        lease_state(*clocks)
    assert (caught.value.field, caught.value.rule) == (case["error"]["field"], case["error"]["rule"])


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(start=moments, length=st.integers(0, 57_600), looks=st.lists(moments, min_size=1, max_size=8))
def test_C1_no_turning_of_the_clock_opens_a_lease_that_was_seen_ended(
    start: datetime, length: int, looks: list[datetime]
) -> None:
    end, mark, ended = start + timedelta(seconds=length), start, False
    for now in looks:
        state = lease_state(start, end, now, mark)
        assert state == "ended" or not ended
        ended, mark = state == "ended", max(mark, now)


@pytest.mark.parametrize(
    ("now", "tz", "end"),
    [
        ("2026-11-23T07:30:00+08:00", "Asia/Shanghai", "2026-11-23T21:00:00+08:00"),
        ("2026-11-23T20:59:59+08:00", "Asia/Shanghai", "2026-11-23T21:00:00+08:00"),
        ("2026-11-23T05:00:00+08:00", "Asia/Shanghai", "2026-11-23T21:00:00+08:00"),
        ("2026-11-23T04:59:00+08:00", "Asia/Shanghai", "2026-11-23T20:59:00+08:00"),
        ("2026-11-23T21:00:00+08:00", "Asia/Shanghai", "2026-11-24T13:00:00+08:00"),
        ("2026-12-31T22:00:00+08:00", "Asia/Shanghai", "2027-01-01T14:00:00+08:00"),
        # The night of 23 hours: from 20:00 EST to 21:00 EDT are 24 hours, the cap counts elapsed ones.
        ("2026-03-08T01:30:00-05:00", "America/New_York", "2026-03-08T18:30:00-04:00"),
        ("2026-03-08T08:00:00-04:00", "America/New_York", "2026-03-08T21:00:00-04:00"),
    ],
)
def test_a_book_is_lent_to_the_next_evening_and_for_sixteen_hours_at_most(
    now: str, tz: str, end: str
) -> None:
    lease = lease_for(instant(now), tz)
    assert lease.starts_at == instant(now)
    assert lease.ends_at == instant(end)
    assert lease.ends_at.tzinfo is UTC


def test_C4_an_evening_hour_that_is_missing_or_comes_twice_ends_a_lease_once() -> None:
    gap = lease_for(instant("2026-03-07T22:00:00-05:00"), "America/New_York", ends_at="02:30")
    assert gap.ends_at == instant("2026-03-08T07:30:00+00:00")
    twice = lease_for(instant("2026-10-31T22:00:00-04:00"), "America/New_York", ends_at="01:30")
    assert twice.ends_at == instant("2026-11-01T05:30:00+00:00")


@pytest.mark.parametrize("ends_at", ["24:00", "9:00", "21:60", "21", "", "21:00:00", "٢١:00"])
def test_an_end_that_is_no_local_time_is_refused(ends_at: str) -> None:
    with pytest.raises(DomainError) as caught:
        lease_for(instant("2026-11-23T07:30:00+08:00"), "Asia/Shanghai", ends_at=ends_at)
    assert (caught.value.field, caught.value.rule) == ("ends_at", "local_time")


@given(now=moments, tz=st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]))
def test_a_lease_ends_after_it_begins_and_never_past_the_evening(now: datetime, tz: str) -> None:
    lease = lease_for(now, tz)
    assert timedelta(0) < lease.ends_at - lease.starts_at <= timedelta(hours=16)
    local = lease.ends_at.astimezone(ZoneInfo(tz))
    assert (local.hour, local.minute) == (21, 0) or lease.ends_at - lease.starts_at == timedelta(hours=16)
