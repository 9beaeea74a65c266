"""Absences: one stand-in or several, for exactly these days, and undone as one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import Absence, Assignment, AuditEntry, Cover, Holiday, Route, Stop, Visit
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import Field, Who, field_at, reassign

# A Monday, 12:00 in Hong Kong.
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, NOW)


def hong_kong(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=8)


def cards(app: Flask, who: Who, at: datetime) -> set[int]:
    """What a phone that asks at an instant may hold."""
    clock.start_at(at)
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(who)
    return {outlet_id for outlet_id, _ in phone.request("GET", "/daybook/manifest").json["cards"]}


def absent(field: Field, **more: Any) -> dict[str, Any]:
    return {
        "person_id": field.rep.id,
        "first_day": TUESDAY.isoformat(),
        "last_day": WEDNESDAY.isoformat(),
        "reason": "sick",
        **more,
    }


def test_the_stand_in_has_the_cards_at_the_next_pull_on_the_first_day_and_loses_them_after_the_last(
    app: Flask, field: Field, desk: FakePhone
) -> None:
    answer = desk.request("POST", "/absences", absent(field, stand_in=field.substitute.id))
    assert answer.status == 201, answer.data
    mine = set(field.outlets)
    assert cards(app, field.substitute, hong_kong(MONDAY, 18)) == set()
    assert cards(app, field.rep, hong_kong(MONDAY, 18)) == mine
    for day in (TUESDAY, WEDNESDAY):
        assert cards(app, field.substitute, hong_kong(day, 6)) == mine
        assert cards(app, field.rep, hong_kong(day, 6)) == set()
    thursday = WEDNESDAY + timedelta(days=1)
    assert cards(app, field.substitute, hong_kong(thursday, 6)) == set()
    assert cards(app, field.rep, hong_kong(thursday, 6)) == mine


def test_outlets_that_are_spread_stand_in_the_books_of_those_who_took_them_and_in_nobody_elses(
    app: Flask, field: Field, desk: FakePhone
) -> None:
    theirs, substitutes = list(field.outlets[:4]), list(field.outlets[4:])
    portions = [
        {"person_id": field.other_rep.id, "route_id": field.route, "outlet_ids": theirs},
        {"person_id": field.substitute.id, "route_id": field.route, "outlet_ids": substitutes},
    ]
    assert desk.request("POST", "/absences", absent(field, portions=portions)).status == 201
    own = set(field.other_outlets)
    assert cards(app, field.other_rep, hong_kong(MONDAY, 18)) == own
    assert cards(app, field.other_rep, hong_kong(TUESDAY, 6)) == own | set(theirs)
    assert cards(app, field.substitute, hong_kong(TUESDAY, 6)) == set(substitutes)
    assert cards(app, field.rep, hong_kong(TUESDAY, 6)) == set()
    thursday = WEDNESDAY + timedelta(days=1)
    assert cards(app, field.other_rep, hong_kong(thursday, 6)) == own
    assert cards(app, field.rep, hong_kong(thursday, 6)) == set(field.outlets)


def test_a_visit_of_somebody_who_covers_the_outlet_is_theirs_and_nobody_is_said_to_have_been_elsewhere(
    app: Flask, field: Field, desk: FakePhone, session: Session
) -> None:
    outlet = field.outlets[0]
    portion = {"person_id": field.other_rep.id, "route_id": field.route, "outlet_ids": [outlet]}
    assert desk.request("POST", "/absences", absent(field, portions=[portion])).status == 201
    clock.start_at(hong_kong(TUESDAY, 10))
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(field.other_rep)
    phone.save("visit.record", phone.visit(outlet, counts={field.skus[0]: (1, 1)}))
    phone.push_all()
    visit = session.scalars(select(Visit)).one()
    assert (visit.route_id, visit.holder_id, visit.person_id) == (
        field.route, field.other_rep.id, field.other_rep.id,
    )  # fmt: skip
    assert "outside_assignment" not in visit.flags


def test_undoing_an_absence_takes_the_substitution_along_and_leaves_no_row_that_never_held(
    app: Flask, field: Field, desk: FakePhone, session: Session
) -> None:
    before = session.scalar(select(func.count()).select_from(Assignment))
    session.rollback()
    made = desk.request("POST", "/absences", absent(field, stand_in=field.substitute.id)).json["id"]
    assert desk.request("DELETE", f"/absences/{made}").status == 204
    assert desk.request("GET", "/absences").json == []
    assert session.scalar(select(func.count()).select_from(Assignment)) == before
    assert desk.request("DELETE", f"/absences/{made}").status == 204
    assert (
        desk.request("PUT", f"/absences/{made}/substitution", {"stand_in": field.substitute.id}).status == 409
    )
    session.rollback()
    deeds = session.scalars(select(AuditEntry.deed)).all()
    assert [deeds.count(one) for one in ("absence.add", "substitution.add", "absence.withdraw")] == [1, 1, 1]
    assert cards(app, field.rep, hong_kong(TUESDAY, 6)) == set(field.outlets)


def test_a_substitution_that_runs_is_ended_at_this_moment_and_what_was_walked_stays(
    app: Flask, field: Field, desk: FakePhone, session: Session
) -> None:
    days = absent(field, first_day=MONDAY.isoformat(), stand_in=field.substitute.id)
    made = desk.request("POST", "/absences", days).json["id"]
    assert cards(app, field.substitute, NOW) == set(field.outlets)
    clock.start_at(NOW)
    assert desk.request("DELETE", f"/absences/{made}/substitution").status == 204
    row = session.scalars(select(Assignment).where(Assignment.absence_id == made)).one()
    assert NOW <= row.ends_at < NOW + timedelta(minutes=1)  # type: ignore[operator]
    session.rollback()
    assert desk.request("DELETE", f"/absences/{made}/substitution").status == 409
    assert [one["stand_ins"] for one in desk.request("GET", "/absences").json] == [["substitute 先生"]]


def test_another_choice_replaces_the_first_one(
    app: Flask, field: Field, desk: FakePhone, session: Session
) -> None:
    made = desk.request("POST", "/absences", absent(field)).json["id"]
    path = f"/absences/{made}/substitution"
    portion = {"person_id": field.other_rep.id, "route_id": field.route, "outlet_ids": list(field.outlets)}
    assert desk.request("PUT", path, {"portions": [portion]}).status == 204
    assert desk.request("PUT", path, {"stand_in": field.substitute.id}).status == 204
    assert session.scalar(select(func.count()).select_from(Cover)) == 0
    session.rollback()
    assert cards(app, field.substitute, hong_kong(TUESDAY, 6)) == set(field.outlets)
    assert cards(app, field.other_rep, hong_kong(TUESDAY, 6)) == set(field.other_outlets)


def test_what_cannot_be_is_refused_with_the_field_that_is_wrong(field: Field, desk: FakePhone) -> None:
    def refused(**more: Any) -> list[str]:
        answer = desk.request("POST", "/absences", absent(field, **more))
        assert answer.status == 422, answer.data
        return [one["field"] for one in answer.json["errors"]]

    assert refused(last_day="2026-11-20") == ["last_day"]
    assert refused(first_day="2026-01-01") == ["first_day"]
    assert refused(stand_in=field.rep.id) == ["stand_in"]
    foreign = {"person_id": field.other_rep.id, "route_id": field.route, "outlet_ids": [field.loose_outlet]}
    assert refused(portions=[foreign]) == ["portions.0.outlet_ids"]
    assert desk.request("POST", "/absences", absent(field)).status == 201
    assert refused() == ["first_day"]


def test_nobody_who_is_away_stands_in(field: Field, desk: FakePhone) -> None:
    away = absent(field, person_id=field.other_rep.id)
    assert desk.request("POST", "/absences", away).status == 201
    answer = desk.request("POST", "/absences", absent(field, stand_in=field.other_rep.id))
    assert [one["rule"] for one in answer.json["errors"]] == ["away_too"]


def advice(desk: FakePhone, field: Field) -> dict[str, Any]:
    path = f"/absences/advice?person_id={field.rep.id}&first_day={TUESDAY}&last_day={WEDNESDAY}"
    answer = desk.request("GET", path)
    assert answer.status == 200, answer.data
    found: dict[str, Any] = answer.json
    return found


def test_the_planner_names_who_has_time_first_and_says_what_it_costs_the_neighbour(
    field: Field, desk: FakePhone
) -> None:
    found = advice(desk, field)
    assert [one["role"] for one in found["routes"]] == ["rep"]
    assert (found["calls"], found["working_days"]) == (2 * len(field.outlets), 2)
    by_id = {one["person_id"]: one for one in found["one"]}
    assert set(by_id) == {field.substitute.id, field.other_rep.id}
    free, neighbour = by_id[field.substitute.id], by_id[field.other_rep.id]
    assert (free["metres"], free["days"]) == (None, 2)
    assert 1_000 < neighbour["metres"] < 3_000
    # Both walk the same outlets; the neighbour also has to get there from the own ones.
    assert neighbour["extra_minutes"] > free["extra_minutes"] > 2 * 6 * 8
    assert found["one"][0]["person_id"] == field.substitute.id
    shares = found["spread"]
    assert [(one["person_id"], one["route_id"]) for one in shares] == [(field.other_rep.id, field.route)]
    assert set(shares[0]["outlet_ids"]) == set(field.outlets)
    assert shares[0]["extra_minutes"] > 0


def test_outlets_are_divided_fairly_among_neighbours_each_outlet_once(
    field: Field, desk: FakePhone, session: Session
) -> None:
    loose = Route(code="R9", name="九线", territory_id=field.territory)
    session.add(loose)
    session.flush()
    session.add_all(
        [
            Assignment(
                route_id=loose.id,
                role="rep",
                person_id=field.substitute.id,
                starts_at=NOW - timedelta(days=9),
            ),
            Stop(route_id=loose.id, outlet_id=field.loose_outlet, weekday=1, sequence=1, valid_from=MONDAY),
        ]
    )
    session.commit()
    shares = advice(desk, field)["spread"]
    given = [outlet for one in shares for outlet in one["outlet_ids"]]
    assert sorted(given) == sorted(field.outlets)
    assert sorted(len(one["outlet_ids"]) for one in shares) in ([2, 4], [3, 3])
    assert all(one["extra_minutes"] >= 2 * 8 * len(one["outlet_ids"]) for one in shares)


def test_who_stands_in_already_is_weighed_without_that(field: Field, desk: FakePhone) -> None:
    before = advice(desk, field)["one"]
    assert desk.request("POST", "/absences", absent(field, stand_in=field.substitute.id)).status == 201
    assert advice(desk, field)["one"] == before


def test_a_holiday_is_no_working_day_for_the_advice(field: Field, desk: FakePhone, session: Session) -> None:
    session.add(Holiday(day=WEDNESDAY, name="假日"))
    session.commit()
    found = advice(desk, field)
    assert (found["calls"], found["working_days"]) == (len(field.outlets), 1)


def test_whoever_is_away_or_holds_routes_elsewhere_is_not_advised(field: Field, desk: FakePhone) -> None:
    assert desk.request("POST", "/absences", absent(field, person_id=field.other_rep.id)).status == 201
    assert {one["person_id"] for one in advice(desk, field)["one"]} == {field.substitute.id}


def test_a_rep_of_two_routes_is_covered_on_both(
    app: Flask, field: Field, desk: FakePhone, session: Session
) -> None:
    reassign(session, field, to=field.rep, at=NOW - timedelta(days=3), route=field.other_route)
    assert desk.request("POST", "/absences", absent(field, stand_in=field.substitute.id)).status == 201
    assert cards(app, field.substitute, hong_kong(TUESDAY, 6)) == {*field.outlets, *field.other_outlets}
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Absence)) == 1
