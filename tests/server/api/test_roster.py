"""The roster: who holds what from when to when, its gaps, outlets on no route, and the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import Assignment, Holiday
from tests.server.api.desk import at_desk
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import Field, Who, field_at

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, NOW)


@pytest.fixture
def desk(app: Flask, field: Field) -> FakePhone:
    return at_desk(app, field.manager)


def row_of(desk: FakePhone, route_id: int, query: str = "first=2026-11-25&weeks=2") -> dict[str, Any]:
    answer = desk.request("GET", f"/roster?{query}")
    assert answer.status == 200, answer.data
    (found,) = [one for one in answer.json["routes"] if one["route_id"] == route_id]
    return found  # type: ignore[no-any-return]


def told(runs: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(one["first"], one["last"], one["kind"]) for one in runs]


def test_the_roster_begins_on_a_monday_and_shows_all_four_of_each_route(
    field: Field, desk: FakePhone
) -> None:
    row = row_of(desk, field.route)
    whole = [("2026-11-23", "2026-12-06", "regular")]
    assert all(told(row[role]) == whole for role in ("rep", "driver", "truck", "supervisor"))
    assert [row[role][0]["holder"] for role in ("rep", "truck")] == ["rep 先生", "NEAR 1"]
    assert told(row_of(desk, field.far_route)["supervisor"]) == [("2026-11-23", "2026-12-06", "vacant")]


def absence(field: Field, **more: Any) -> dict[str, Any]:
    return {"person_id": field.rep.id, "first_day": "2026-11-24", "last_day": "2026-11-25", **more}


def test_an_absence_is_a_gap_until_somebody_stands_in(field: Field, desk: FakePhone) -> None:
    made = desk.request("POST", "/absences", absence(field)).json["id"]
    rep = row_of(desk, field.route)["rep"]
    assert told(rep)[1] == ("2026-11-24", "2026-11-25", "absent")
    assert (
        desk.request("PUT", f"/absences/{made}/substitution", {"stand_in": field.substitute.id}).status == 204
    )
    rep = row_of(desk, field.route)["rep"]
    assert [(one["holder"], one["kind"]) for one in rep] == [
        ("rep 先生", "regular"), ("substitute 先生", "substitution"), ("rep 先生", "regular"),
    ]  # fmt: skip


def test_a_route_that_is_spread_says_over_how_many(field: Field, desk: FakePhone) -> None:
    portions = [
        {"person_id": who.id, "route_id": field.route, "outlet_ids": list(ids)}
        for who, ids in ((field.other_rep, field.outlets[:3]), (field.substitute, field.outlets[3:]))
    ]
    assert desk.request("POST", "/absences", absence(field, portions=portions)).status == 201
    run = row_of(desk, field.route)["rep"][1]
    assert (run["kind"], run["count"], run["holder"]) == ("spread", 2, "other_rep 先生、substitute 先生")


def test_vacancies_name_the_gaps_from_today_on_and_outlets_on_no_route(
    field: Field, desk: FakePhone, session: Session
) -> None:
    (driver,) = session.query(Assignment).filter_by(route_id=field.route, role="driver")
    driver.ends_at = datetime(2026, 11, 26, 16, tzinfo=UTC)
    session.commit()
    answer = desk.request("GET", "/vacancies?weeks=1")
    assert answer.status == 200, answer.data
    gaps = [(one["route_id"], one["role"], one["first"]) for one in answer.json["vacancies"]]
    assert gaps == [(field.far_route, "supervisor", "2026-11-23"), (field.route, "driver", "2026-11-27")]
    assert answer.json["loose"] == 1
    assert [one["id"] for one in answer.json["outlets"]] == [field.loose_outlet]


def cards(app: Flask, who: Who, day: date) -> list[list[int]]:
    clock.start_at(datetime(day.year, day.month, day.day, 4, tzinfo=UTC))
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(who)
    found = phone.request("GET", "/daybook/manifest").json
    clock.start_at(NOW)
    return [found["stops"], found["holidays"]]


def test_nobody_walks_on_a_territorys_own_holiday_and_others_do(
    app: Flask, field: Field, desk: FakePhone
) -> None:
    free = {"territory_id": field.far_territory, "day": TUESDAY.isoformat(), "name": "庙会"}
    assert desk.request("PUT", "/holidays", free).status == 204
    stops, holidays = cards(app, field.far_rep, TUESDAY)
    assert (stops, holidays) == ([], ["2026-11-24"])
    stops, holidays = cards(app, field.rep, TUESDAY)
    assert (len(stops), holidays) == (len(field.outlets), [])
    path = f"/holidays?territory_id={field.far_territory}&day={TUESDAY}"
    assert desk.request("DELETE", path).status == 204
    assert len(cards(app, field.far_rep, TUESDAY)[0]) == len(field.far_outlets)
    assert desk.request("DELETE", path).status == 404


def test_a_territory_may_work_on_the_companys_holiday(
    app: Flask, field: Field, desk: FakePhone, session: Session
) -> None:
    session.add(Holiday(day=WEDNESDAY, name="假日"))
    session.commit()
    works = {"territory_id": field.territory, "day": WEDNESDAY.isoformat(), "works": True}
    assert desk.request("PUT", "/holidays", works).status == 204
    assert len(cards(app, field.rep, WEDNESDAY)[0]) == len(field.outlets)
    assert cards(app, field.far_rep, WEDNESDAY) == [[], ["2026-11-25"]]
    listed = desk.request("GET", "/holidays?year=2026").json
    assert [(one["territory_id"], one["works"]) for one in listed] == [(None, False), (field.territory, True)]


def test_the_company_has_no_working_day_that_is_a_holiday_of_nobody(field: Field, desk: FakePhone) -> None:
    assert desk.request("PUT", "/holidays", {"day": "2026-12-24", "works": True}).status == 409


def test_who_works_for_one_territory_sees_its_roster_gaps_and_people_only(
    app: Flask, field: Field, desk: FakePhone, session: Session
) -> None:
    administrator = at_desk(app, field.administrator)
    narrowed = {"territory_ids": [field.territory]}
    path = f"/people/{field.manager.id}/territories"
    assert administrator.request("PUT", path, narrowed).status < 300
    assert {one["territory_id"] for one in desk.request("GET", "/roster").json["routes"]} == {field.territory}
    assert desk.request("GET", "/vacancies").json["vacancies"] == []
    far = absence(field, person_id=field.far_rep.id)
    assert desk.request("POST", "/absences", far).status == 404
    assert administrator.request("POST", "/absences", far).status == 201
    assert desk.request("GET", "/absences").json == []
    assert (
        desk.request("PUT", "/holidays", {"territory_id": field.far_territory, "day": "2026-12-24"}).status
        == 404
    )
    assert desk.request("PUT", "/holidays", {"day": "2026-12-24"}).status == 404
