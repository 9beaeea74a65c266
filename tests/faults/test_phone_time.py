"""Group C on the phone: clocks that are wrong, zones that change, days at the end of the year."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.browser import TIMEZONE, House, Phone
from tests.faults.phones import (
    Middlebox,
    NewPhone,
    a_stop,
    arrived,
    assert_once,
    at_the_end_of_a_visit,
    chromium,
    dead_way,
    delivered,
    device_of,
    look_up,
    new_house,
    new_phone,
    note,
    open_note,
    open_way,
    save_note,
    set_clock,
    street,
    visits,
)

__all__ = ["chromium", "new_phone", "street"]

DAY_MS = 86_400_000
Later = Callable[[str], tuple[House, House]]


@pytest.fixture
def box(street: House) -> Iterator[Middlebox]:
    with Middlebox(street.port) as middlebox:
        yield middlebox


def recorded(house: House, phone: Phone) -> dict[str, Any]:
    """The one visit of this phone, as the database has it."""
    visit = str(visits(phone)[0]["about"]["visitId"]).replace("-", "")
    rows = house.rows("select * from visit where replace(id, '-', '') = ?", visit)
    assert len(rows) == 1
    return rows[0]


def instant(words: str) -> datetime:
    """As SQLite keeps it: UTC without a zone."""
    found = datetime.fromisoformat(words)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo("UTC"))


def test_C1_a_clock_two_days_ahead_is_corrected_and_flagged_and_its_book_is_locked(
    street: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(street))
    rep, _ = at_the_end_of_a_visit(phone)
    delivered(phone)
    set_clock(phone, wrong_ms=2 * DAY_MS)
    look_up(phone)
    phone.wait_until(lambda: abs(offset(phone) + 2 * DAY_MS) < 60_000, words="the phone learns its offset")
    rep.finish()
    # Two days in the pocket, says the clock: the phone asks who has it, and has no book to show.
    phone.unlock_where_asked(phone.page.get_by_text(phone.t("today.locked.ended")))
    phone.page.get_by_text(phone.t("today.locked.ended")).wait_for()
    delivered(phone)
    assert_once(street, phone)
    row = recorded(street, phone)
    assert abs(instant(row["checked_out_at"]) - street.now()) < timedelta(minutes=2)
    # One offset stands for the whole visit: what was noted before the jump is moved with it, hence the flag.
    assert "clock_adjusted" in json.loads(row["flags"]), row["flags"]
    phone.open("/today")
    phone.unlock_where_asked(phone.page.get_by_text(phone.t("today.locked.ended")))
    phone.page.get_by_text(phone.t("today.locked.ended")).wait_for()


def offset(phone: Phone) -> float:
    meta = {row["key"]: row.get("value") for row in phone.stored("meta")}
    return float(meta.get("clockOffset") or 0)


def test_C2_a_clock_set_back_locks_the_book_until_online_and_what_waits_is_pushed(
    street: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(street))
    phone.installed()
    open_note(phone, a_stop(street), "先存着")
    box.rule = dead_way
    save_note(phone)
    set_clock(phone, wrong_ms=-6 * 3_600_000)
    phone.open("/today")
    phone.page.get_by_text(phone.t("today.locked.clock_behind")).wait_for()

    box.rule = open_way
    phone.tap(phone.button("today.locked.fetch"))
    phone.page.locator(".today-head").wait_for()
    delivered(phone)
    assert_once(street, phone)


def test_C2_two_days_behind_a_new_app_the_date_is_called_wrong_and_what_waits_is_pushed(
    street: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(street))
    phone.installed()
    open_note(phone, a_stop(street), "先存着")
    box.rule = dead_way
    save_note(phone)
    # The app was built when this test was; the house may live days later.
    since_built = street.now() - datetime.now(UTC)
    set_clock(phone, wrong_ms=-2 * DAY_MS - round(since_built.total_seconds() * 1000))
    phone.open("/today")
    phone.page.get_by_text(phone.t("today.locked.date_wrong")).wait_for()
    box.rule = open_way
    phone.tap(phone.button("today.locked.fetch"))
    delivered(phone)
    assert_once(street, phone)
    phone.page.get_by_text(phone.t("today.locked.date_wrong")).wait_for()


def test_C2_a_phone_that_is_ten_minutes_slow_all_day_works_once_it_has_been_online(
    street: House, new_phone: NewPhone
) -> None:
    phone = new_phone(street, "")
    set_clock(phone, wrong_ms=-600_000)
    phone.sign_in("rep1")
    phone.page.locator(".today-head").wait_for()
    rep, _ = at_the_end_of_a_visit(phone)
    rep.finish()
    delivered(phone)
    row = recorded(street, phone)
    assert abs(instant(row["checked_out_at"]) - street.now()) < timedelta(minutes=2)


def test_C4_a_phone_in_another_time_zone_works_on_the_territorys_day(
    street: House, new_phone: NewPhone
) -> None:
    phone = new_phone(street, timezone_id="America/New_York")
    assert phone.page.evaluate("new Date().getDate()") != street.now().day
    rep, _ = at_the_end_of_a_visit(phone)
    rep.finish()
    delivered(phone)
    assert_once(street, phone)
    assert recorded(street, phone)["day"] == street.now().date().isoformat()
    days = street.rows(
        "select day from work_day where replace(device_id, '-', '') = ?", device_of(phone).replace("-", "")
    )
    assert [row["day"] for row in days] == [street.now().date().isoformat()]


@pytest.fixture
def later(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Later]:
    """Houses on other mornings, and the way to them: `house, way = later("2026-12-31T07:30")` of the territory."""
    with ExitStack() as stack:

        def start(morning: str) -> tuple[House, House]:
            at = datetime.fromisoformat(morning).replace(tzinfo=ZoneInfo(TIMEZONE))
            house = stack.enter_context(new_house(tmp_path_factory, morning=at).serving())
            box = stack.enter_context(Middlebox(house.port))
            return house, box.house(house)

        yield start


@pytest.mark.parametrize(
    ("morning", "before"),
    [
        # Cairo, 29 April 2027: after 23:59 comes 01:00. Then it is 06:00 in the territory.
        pytest.param("2027-04-30T05:59", "2027-04-29 23:59", id="the hour that is missing"),
        # Cairo, 28 October 2027: after 23:59 comes 23:00 again. Then it is 05:00 in the territory.
        pytest.param("2027-10-29T05:05", "2027-10-28 23:05", id="the hour that comes twice"),
    ],
)
def test_C4_a_change_of_summer_time_on_the_phone_loses_and_doubles_no_visit(
    later: Later, new_phone: NewPhone, morning: str, before: str
) -> None:
    house, way = later(morning)
    phone = new_phone(way, timezone_id="Africa/Cairo")
    local = phone.page.evaluate("new Date().toLocaleString('sv').slice(0, 16)")
    assert local[:13] in (before[:13], "2027-04-30 01"), local
    rep, _ = at_the_end_of_a_visit(phone)
    rep.finish()
    # The other side of the change: the first round of the doubled hour, or the hour after the missing one.
    # Less than the half hour after which the phone asks for its PIN.
    set_clock(phone, wrong_ms=25 * 60_000)
    note(phone, a_stop(house), "换时之后")
    phone.open("/queue")
    delivered(phone)
    assert_once(house, phone)
    row = recorded(house, phone)
    assert row["day"] == morning[:10]
    assert abs(instant(row["checked_out_at"]) - house.now()) < timedelta(minutes=2)
    assert len(arrived(house, phone)) == 3


@pytest.mark.parametrize(
    "morning",
    [
        pytest.param("2026-12-31T07:30", id="the end of the year, in week 53"),
        pytest.param("2028-02-29T07:30", id="the leap day"),
    ],
)
def test_C7_the_plan_holds_over_the_leap_day_and_the_end_of_the_year(
    later: Later, new_phone: NewPhone, morning: str
) -> None:
    house, way = later(morning)
    phone = new_phone(way)
    day = date.fromisoformat(morning[:10])
    stops = house.rows(
        "select outlet_id, weekday, weeks, phase from stop join assignment on assignment.route_id = stop.route_id"
        " join person on person.id = assignment.person_id where login = 'rep1' and role = 'rep' and weekday = ?"
        " and valid_from <= ? and (valid_to is null or valid_to > ?) order by sequence",
        day.weekday(), morning[:10], morning[:10],
    )  # fmt: skip
    anchor = date.fromisoformat(str(house.rows("select cycle_anchor from company")[0]["cycle_anchor"]))
    due = [row["outlet_id"] for row in stops if week(day, anchor) % row["weeks"] == row["phase"]]
    shown = {row["outlet_id"] for row in manifest_stops(phone)}
    assert shown == set(due)
    rep, entered = at_the_end_of_a_visit(phone)
    rep.finish()
    delivered(phone)
    assert_once(house, phone)
    row = recorded(house, phone)
    assert row["day"] == day.isoformat()
    rules = house.rows("select weekday, weeks, phase from stop where outlet_id = ?", entered.outlet_id)
    holidays = {date.fromisoformat(str(one["day"])) for one in house.rows("select day from holiday")}
    expected = next(
        later_day
        for later_day in (day + timedelta(days=n) for n in range(1, 400))
        if later_day not in holidays
        and any(
            later_day.weekday() == rule["weekday"]
            and week(later_day, anchor) % rule["weeks"] == rule["phase"]
            for rule in rules
        )
    )
    assert row["next_visit_day"] == expected.isoformat()


def week(day: date, anchor: date) -> int:
    """Weeks from Monday to Monday since the cycle began; no calendar's week number is in it."""
    return ((day - timedelta(days=day.weekday())) - (anchor - timedelta(days=anchor.weekday()))).days // 7


def manifest_stops(phone: Phone) -> list[dict[str, Any]]:
    stops: list[dict[str, Any]] = phone.manifest()["stops"]
    return stops
