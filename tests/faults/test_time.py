"""Group C: phones whose clock is wrong, zones whose clocks change, ids with strange times, days that are rare."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from server.models import Operation, Visit
from tests.faults.conftest import NewHouse
from tests.faults.house import House
from tests.server.fake_phone import FakePhone, wire_time

TWO_DAYS = timedelta(days=2)
HONG_KONG = ZoneInfo("Asia/Hong_Kong")
NEW_YORK = ZoneInfo("America/New_York")


def captured_by(house: House, error: timedelta, *, offset_known: bool) -> tuple[FakePhone, str, datetime]:
    """A visit by a phone whose clock is wrong by `error`, and when it really began."""
    phone = house.phone()
    real = phone.now() - timedelta(minutes=3)
    phone.clock_error = error
    phone.offset_ms = -int(error.total_seconds() * 1000) if offset_known else None
    operation = phone.save("visit.record", house.visit(phone, house.field.outlets[0]))
    phone.push()
    assert phone.queue == []
    return phone, operation, real


def began(house: House, operation: str) -> datetime:
    with house.session() as session:
        visit = session.scalars(select(Visit).order_by(Visit.checked_in_at)).all()
        return next(one for one in visit if str(one.operation_id) == operation).checked_in_at


@pytest.mark.parametrize("error", [TWO_DAYS, -TWO_DAYS], ids=["C1 two days ahead", "C2 two days behind"])
def test_C1_C2_a_wrong_clock_is_corrected_by_the_offset_and_flagged(house: House, error: timedelta) -> None:
    phone, operation, real = captured_by(house, error, offset_known=True)
    house.assert_once(phone, [operation])
    assert abs(began(house, operation) - real) < timedelta(seconds=60)
    assert house.days([operation]) == [real.astimezone(HONG_KONG).date()]
    assert "clock_adjusted" in house.flags(operation)
    with house.session() as session:
        kept = session.scalars(select(Operation).where(Operation.device_id.is_not(None))).all()
        as_told = next(one for one in kept if str(one.id) == operation)
        assert abs(as_told.captured_at - (real + error)) < timedelta(minutes=5), (
            "the phone's own time is kept"
        )


def test_C1_a_clock_ahead_that_was_never_compared_is_accepted_and_flagged(house: House) -> None:
    phone, operation, _ = captured_by(house, TWO_DAYS, offset_known=False)
    house.assert_once(phone, [operation])
    assert "future_time" in house.flags(operation)


def test_C2_what_was_queued_before_the_clock_went_back_is_still_accepted(house: House) -> None:
    phone = house.phone()
    ids = house.visits(phone, 2)
    phone.clock_error, phone.offset_ms = -TWO_DAYS, int(TWO_DAYS.total_seconds() * 1000)
    ids += house.visits(phone, 2)
    phone.push()
    assert phone.queue == []
    house.assert_once(phone, ids)


def test_C4_the_hour_that_is_missing_and_the_hour_that_comes_twice_lose_and_double_no_visit(
    house: House,
) -> None:
    phone = house.phone(house.field.far_rep)
    outlets = house.company.dst_outlets
    # On 8 March 2026 01:59 is followed by 03:00; on 1 November 01:00 to 02:00 comes twice, an hour apart.
    missing = [datetime(2026, 3, 8, 6, 59, tzinfo=UTC), datetime(2026, 3, 8, 7, 0, tzinfo=UTC)]
    twice = [datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)]
    assert [one.astimezone(NEW_YORK).strftime("%H:%M") for one in missing + twice] == [
        "01:59",
        "03:00",
        "01:30",
        "01:30",
    ]
    ids = [
        phone.save("visit.record", house.visit(phone, outlet, at=at), at=at)
        for at, outlet in zip(missing + twice, outlets, strict=True)
    ]
    # What a phone that sends local time with its offset would say: the same instants.
    local = house.visit(phone, outlets[0], at=twice[1] + timedelta(minutes=10))
    local["in"]["at"], local["out"]["at"] = "2026-11-01T01:40:00-05:00", "2026-11-01T01:44:00-05:00"
    ids.append(phone.save("visit.record", local, at=twice[1]))
    phone.push()
    house.assert_once(phone, ids)
    assert house.days(ids) == [date(2026, 3, 8)] * 2 + [date(2026, 11, 1)] * 3
    assert [began(house, one) for one in ids] == [*missing, *twice, datetime(2026, 11, 1, 6, 40, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-03-08T04:59:00+00:00", "2026-03-07"),  # 23:59 in winter time
        ("2026-03-08T05:00:00+00:00", "2026-03-08"),
        ("2026-03-09T03:59:00+00:00", "2026-03-08"),  # 23:59 in summer time: this day had 23 hours
        ("2026-03-09T04:00:00+00:00", "2026-03-09"),
        ("2026-11-02T04:59:00+00:00", "2026-11-01"),  # this one had 25
        ("2026-11-02T05:00:00+00:00", "2026-11-02"),
    ],
)
def test_C4_the_business_day_is_the_territorys_whatever_zone_the_phone_is_in(
    house: House, instant: str, day: str
) -> None:
    at = datetime.fromisoformat(instant)
    phone = house.phone(house.field.far_rep)
    visit = house.visit(phone, house.company.dst_outlets[0], at=at)
    # The rep's phone has just been set to Tokyo.
    visit["in"]["at"] = at.astimezone(ZoneInfo("Asia/Tokyo")).isoformat()
    operation = phone.save("visit.record", visit, at=at)
    phone.push()
    house.assert_once(phone, [operation])
    assert house.days([operation]) == [date.fromisoformat(day)]


def test_C5_ids_with_future_or_equal_times_are_opaque_and_order_is_the_servers(house: House) -> None:
    phone = house.phone()
    now = phone.now()
    times = [now + timedelta(days=20_000), now, now, now, now - timedelta(days=9_000)]
    ids = [phone.save("visit.record", house.visit(phone, house.field.outlets[0])) for _ in times]
    for entry, at in zip(phone.queue, times, strict=True):
        entry["id"] = f"{int(at.timestamp() * 1000):012x}"[:8] + entry["id"][8:]
    ids = [entry["id"] for entry in phone.queue]
    assert ids != sorted(ids)
    phone.push()
    house.assert_once(phone, ids)
    seqs = [phone.result(one)["server_seq"] for one in ids]
    assert seqs == sorted(seqs)


@pytest.mark.parametrize(
    ("morning", "cards"),
    [("2028-02-29T07:00:00+08:00", 8), ("2026-12-31T07:00:00+08:00", 8), ("2027-01-02T07:00:00+08:00", 8),
     ("2027-01-03T07:00:00+08:00", 0)],
    ids=["leap day", "year's end", "Saturday of week 53", "Sunday of week 53"],
)  # fmt: skip
def test_C7_rare_days_have_their_plan_and_their_own_date(
    new_house: NewHouse, morning: str, cards: int
) -> None:
    house = new_house("sqlite", clock=morning)
    day = datetime.fromisoformat(morning).date()
    phone = house.phone()
    manifest = phone.request("GET", "/daybook/manifest").json
    assert manifest["lease"]["day"] == day.isoformat()
    assert len(manifest["stops"]) == cards
    # A visit in the last minute of that day, and one in the first of the next.
    last = datetime.combine(day, datetime.min.time(), HONG_KONG) + timedelta(days=1, minutes=-1)
    ids = []
    for at in (last, last + timedelta(minutes=1)):
        visit = house.visit(phone, house.field.outlets[0], at=at, delivery_day=day + timedelta(days=4))
        visit["order"] = None
        visit["outcome"] = "enough_stock"
        ids.append(phone.save("visit.record", visit, at=at))
        phone.queue[-1]["captured_at"] = wire_time(at)
    phone.push()
    house.assert_once(phone, ids)
    assert house.days(ids) == [day, day + timedelta(days=1)]
