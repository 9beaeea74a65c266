"""The day live over the API: what a supervisor sees of routes, exceptions, calls and one rep's day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import Device, Holiday, Operation, PersonTerritory, Stop
from tests.server.api.desk import at_desk, on_phone
from tests.server.fake_phone import FakePhone, wire_time
from tests.server.field import Field, field_at, reassign, substitute

# 10:00 in Hong Kong on a Monday: of six stores, planned from 09:00 every 12 minutes, three are late by then.
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FAR_FIX = {"fix": {"latitude": 22.4, "longitude": 114.2, "accuracy_m": 40.0}, "distance_m": 900.0}


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING)


@pytest.fixture
def boss(app: Flask, field: Field) -> FakePhone:
    return at_desk(app, field.supervisor)


def call(phone: FakePhone, outlet: int | None, **known: Any) -> dict[str, Any]:
    """A call that has arrived; returns its body."""
    body = phone.visit(outlet, **known)
    saved = phone.save("visit.record", body)
    phone.push()
    assert phone.result(saved)["status"] == "applied", phone.result(saved)
    return body


def get(boss: FakePhone, path: str) -> Any:
    answer = boss.request("GET", f"/live{path}")
    assert answer.status == 200, answer.data
    return answer.json


def route_of(boss: FakePhone, route: int) -> dict[str, Any]:
    (found,) = [one for one in get(boss, "")["routes"] if one["id"] == route]
    return found  # type: ignore[no-any-return]


def counts(route: dict[str, Any]) -> tuple[int, int, int, int]:
    return route["planned"], route["done"], route["late"], route["skipped"]


def of_kind(boss: FakePhone, kind: str) -> list[dict[str, Any]]:
    return [one for one in get(boss, "/exceptions")["exceptions"] if one["kind"] == kind]


def test_a_route_that_nobody_has_begun_shows_what_is_planned_and_what_is_late(field: Field, boss: FakePhone):
    route = route_of(boss, field.route)
    assert counts(route) == (6, 0, 3, 0)
    assert (route["state"], route["calls"], route["strike_rate"]) == ("late", 0, None)
    assert (route["person_id"], route["synced_at"]) == (field.rep.id, None)


def test_a_call_makes_its_store_done_and_what_was_passed_over_is_skipped_not_late(
    app: Flask, field: Field, boss: FakePhone
):
    phone = on_phone(app, field.rep)
    sku = field.skus[0]
    call(phone, field.outlets[2], lines=[(sku, 12, 12, field.prices[sku])], minutes=10)
    route = route_of(boss, field.route)
    assert counts(route) == (6, 1, 0, 2)
    assert (route["calls"], route["orders"], route["order_minor"]) == (1, 1, 12 * field.prices[sku])
    assert (route["strike_rate"], route["unplanned"]) == (1.0, 0)
    assert route["synced_at"] is not None
    call(phone, field.outlets[0], minutes=5)
    route = route_of(boss, field.route)
    assert counts(route) == (6, 2, 0, 1), "a store that was passed over may be visited after all"
    assert route["strike_rate"] == 0.5


def test_a_day_that_was_closed_leaves_the_rest_skipped_and_one_that_was_begun_again_does_not(
    app: Flask, session: Session, field: Field, boss: FakePhone
):
    phone = on_phone(app, field.rep)
    assert route_of(boss, field.other_route)["state"] == "late"
    work = start_day(phone)
    assert route_of(boss, field.route)["started_at"] is not None
    saved = phone.save(
        "day.end", {"work_day_id": work, "at": wire_time(clock.now()), "fix": None, "summary": {}, "note": ""}
    )
    phone.push()
    assert phone.result(saved)["status"] == "applied", phone.result(saved)
    route = route_of(boss, field.route)
    assert (route["state"], counts(route)) == ("finished", (6, 0, 0, 6))
    start_day(phone)
    assert counts(route_of(boss, field.route)) == (6, 0, 3, 0)


def start_day(phone: FakePhone) -> str:
    key = uuid_of(phone)
    saved = phone.save(
        "day.start",
        {
            "work_day_id": key,
            "at": wire_time(clock.now()),
            "fix": None,
            "checklist": [],
            "storage": {"persisted": True, "standalone": True},
        },
    )
    phone.push()
    assert phone.result(saved)["status"] == "applied", phone.result(saved)
    return key


def uuid_of(phone: FakePhone) -> str:
    return str(phone.visit(None)["visit_id"])


def test_nothing_is_due_on_a_holiday_and_in_another_week_of_the_cycle(
    session: Session, field: Field, boss: FakePhone
):
    # 23 November 2026 is week 98 from the anchor: an A week, and the third of four.
    session.execute(sa.update(Stop).where(Stop.outlet_id == field.outlets[0]).values(weeks=2, phase=1))
    session.execute(sa.update(Stop).where(Stop.outlet_id == field.outlets[1]).values(weeks=4, phase=1))
    session.execute(sa.update(Stop).where(Stop.outlet_id == field.outlets[2]).values(weeks=4, phase=2))
    session.commit()
    assert route_of(boss, field.route)["planned"] == 4
    session.add(Holiday(day=MORNING.date(), name="假日"))
    session.commit()
    assert route_of(boss, field.route)["state"] == "no_stops"


def test_a_substitute_stands_on_the_board_while_he_stands_in(session: Session, field: Field, boss: FakePhone):
    substitute(
        session,
        field,
        by=field.substitute,
        starts_at=MORNING - timedelta(hours=3),
        ends_at=MORNING + timedelta(hours=8),
    )
    route = route_of(boss, field.route)
    assert (route["person_id"], route["substitute"]) == (field.substitute.id, True)
    clock.start_at(MORNING + timedelta(hours=9))
    route = route_of(boss, field.route)
    assert (route["person_id"], route["substitute"]) == (field.rep.id, False)


def test_far_and_very_short_calls_are_exceptions_and_ordinary_ones_are_not(
    app: Flask, field: Field, boss: FakePhone
):
    phone = on_phone(app, field.rep)
    call(phone, field.outlets[0])
    assert get(boss, "/exceptions")["totals"]["far_check_in"] == 0
    far = phone.visit(field.outlets[1])
    call(phone, field.outlets[1], **{"in": {**far["in"], **FAR_FIX}})
    hasty = call(phone, field.outlets[2], minutes=0.5)
    (found,) = of_kind(boss, "far_check_in")
    assert (found["amount"], found["of"], found["outlet_id"]) == (900.0, 40.0, field.outlets[1])
    assert (found["person_id"], found["route"]) == (field.rep.id, "R1")
    (short,) = of_kind(boss, "short_visit")
    assert (short["visit_id"], short["amount"]) == (hasty["visit_id"], 30.0)


def test_a_count_equal_to_the_last_visits_is_an_exception_also_when_it_was_typed(
    app: Flask, field: Field, boss: FakePhone
):
    phone = on_phone(app, field.rep)
    last_week = {sku: (3 + place, 5) for place, sku in enumerate(field.skus)}
    for outlet in field.outlets[:3]:
        call(phone, outlet, counts=last_week, at=MORNING - timedelta(days=7))
    call(phone, field.outlets[3], counts=last_week)
    assert of_kind(boss, "copied_count") == [], "a first count has nothing to be copied from"
    other = {**last_week, **dict.fromkeys(field.skus[:3], (1, 1))}
    call(phone, field.outlets[0], counts=other)
    assert of_kind(boss, "copied_count") == [], "nine of twelve are three quarters"
    copied = call(phone, field.outlets[1], counts={**last_week, field.skus[0]: (0, 0)})
    (found,) = of_kind(boss, "copied_count")
    assert (found["visit_id"], found["amount"], found["of"]) == (copied["visit_id"], 11, 12)
    call(phone, field.outlets[2], counts={sku: last_week[sku] for sku in field.skus[:4]})
    assert len(of_kind(boss, "copied_count")) == 1, "four lines are too few to say so"


def test_a_phone_that_was_silent_too_long_is_told_until_its_day_is_closed(
    app: Flask, session: Session, field: Field, boss: FakePhone
):
    phone = on_phone(app, field.rep)
    start_day(phone)
    assert of_kind(boss, "offline_long") == []
    clock.start_at(MORNING + timedelta(hours=3, minutes=1))
    boss = at_desk(app, field.supervisor)
    silent = {one["person_id"]: one["since"] for one in of_kind(boss, "offline_long")}
    assert silent.keys() == {field.rep.id, field.other_rep.id}
    assert silent[field.rep.id] is not None
    assert silent[field.other_rep.id] is None, "never heard of"
    call(phone, field.outlets[0])
    assert field.rep.id not in {one["person_id"] for one in of_kind(boss, "offline_long")}


def test_operations_that_wait_or_are_quarantined_and_missing_numbers_are_stuck_queues(
    app: Flask, session: Session, field: Field, boss: FakePhone
):
    phone = on_phone(app, field.rep)
    phone.save("visit.record", {"nonsense": True})
    phone.push()
    (found,) = of_kind(boss, "stuck_queue")
    assert (found["cause"], found["amount"], found["person_id"]) == ("quarantined", 1, field.rep.id)
    session.execute(sa.update(Operation).values(state="received"))
    session.execute(sa.update(Device).values(gap_since=MORNING - timedelta(hours=2)))
    session.commit()
    assert {one["cause"] for one in of_kind(boss, "stuck_queue")} == {"gap"}, "it came a moment ago"
    session.execute(sa.update(Operation).values(received_at=MORNING - timedelta(minutes=16)))
    session.commit()
    assert {one["cause"] for one in of_kind(boss, "stuck_queue")} == {"gap", "waiting"}


def test_the_calls_carry_the_place_of_the_check_in_and_may_be_asked_for_one_route(
    app: Flask, field: Field, boss: FakePhone
):
    first = call(on_phone(app, field.rep), field.outlets[0], minutes=9)
    phone = on_phone(app, field.other_rep)
    call(phone, field.other_outlets[0], minutes=6)
    body = phone.visit(field.other_outlets[1])
    call(phone, field.other_outlets[1], **{"in": {**body["in"], "fix": None, "distance_m": None}})
    everywhere = get(boss, "/calls")
    assert (everywhere["total"], len(everywhere["calls"])) == (3, 3)
    assert everywhere["calls"][0]["latitude"] is None, "newest first, and without a fix there is no place"
    (only,) = get(boss, f"/calls?route_id={field.route}")["calls"]
    assert (only["id"], only["person_id"]) == (first["visit_id"], field.rep.id)
    assert only["latitude"] == first["in"]["fix"]["latitude"]
    assert boss.request("GET", "/live/calls?route_id=0").status == 422


def test_a_reps_day_is_told_in_order_with_its_pauses_and_what_was_left_out(
    app: Flask, field: Field, boss: FakePhone
):
    phone = on_phone(app, field.rep)
    sku = field.skus[0]
    price = field.prices[sku]
    call(phone, field.outlets[0], at=MORNING - timedelta(minutes=58), minutes=4)
    call(phone, field.outlets[3], at=MORNING - timedelta(minutes=20), minutes=5, lines=[(sku, 12, 12, price)])
    call(phone, field.loose_outlet, at=MORNING - timedelta(minutes=5), planned=False,
         unplanned_reason="owner_called")  # fmt: skip
    day = get(boss, f"/people/{field.rep.id}")
    assert [one["outlet_id"] for one in day["calls"]] == [
        field.outlets[0],
        field.outlets[3],
        field.loose_outlet,
    ]
    assert [one["planned_minute"] for one in day["calls"]] == [540, 576, None]
    assert [one["order_minor"] for one in day["calls"]] == [None, 12 * price, None]
    assert day["pauses"] == [{"after": 0, "minutes": 34}]
    assert [(one["outlet_id"], one["state"]) for one in day["stops"]] == [
        (field.outlets[1], "skipped"),
        (field.outlets[2], "skipped"),
        (field.outlets[4], "ahead"),
        (field.outlets[5], "ahead"),
    ]
    assert (day["day"], day["timezone"], day["planned"], day["done"]) == (
        "2026-11-23",
        "Asia/Hong_Kong",
        6,
        2,
    )


def test_a_call_at_a_store_on_no_route_counts_where_the_store_lies(app: Flask, field: Field, boss: FakePhone):
    call(on_phone(app, field.rep), field.loose_outlet, planned=False, unplanned_reason="owner_called")
    (found,) = get(boss, "/calls")["calls"]
    assert found["route_id"] is None
    assert route_of(boss, field.route)["calls"] == 0


def test_each_territory_has_its_own_day(app: Flask, session: Session, field: Field):
    # 01:30 of Tuesday in Hong Kong is 23:00 of Monday in Kolkata.
    clock.start_at(datetime(2026, 11, 23, 17, 30, tzinfo=UTC))
    call(on_phone(app, field.far_rep), field.far_outlets[0])
    call(on_phone(app, field.rep), field.outlets[0], at=clock.now() - timedelta(hours=2))
    boss = at_desk(app, field.administrator)
    assert route_of(boss, field.far_route)["calls"] == 1
    assert counts(route_of(boss, field.far_route)) == (6, 1, 5, 0)
    assert (route_of(boss, field.route)["calls"], counts(route_of(boss, field.route))) == (0, (6, 0, 0, 0))


def test_a_supervisor_sees_the_day_of_their_own_territories_only(app: Flask, session: Session, field: Field):
    session.add(
        PersonTerritory(
            person_id=field.supervisor.id, territory_id=field.territory, valid_from=MORNING.date()
        )
    )
    session.commit()
    far = on_phone(app, field.far_rep)
    call(far, field.far_outlets[0], minutes=0.2)
    far.save("visit.record", {"nonsense": True})
    far.push()
    boss, admin = at_desk(app, field.supervisor), at_desk(app, field.administrator)
    assert {one["id"] for one in get(boss, "")["routes"]} == {field.route, field.other_route}
    assert get(boss, "/calls")["total"] == 0
    assert {one["person_id"] for one in get(boss, "/exceptions")["exceptions"]}.isdisjoint({field.far_rep.id})
    assert boss.request("GET", f"/live/people/{field.far_rep.id}").status == 404
    assert get(admin, "/calls")["total"] == 1
    kinds = {one["kind"] for one in get(admin, "/exceptions")["exceptions"]}
    assert {"short_visit", "stuck_queue"} <= kinds
    assert len(get(admin, f"/people/{field.far_rep.id}")["calls"]) == 1


def test_who_helps_out_elsewhere_shows_a_supervisor_only_what_was_done_in_their_territory(
    app: Flask, session: Session, field: Field
):
    session.add(
        PersonTerritory(
            person_id=field.supervisor.id, territory_id=field.territory, valid_from=MORNING.date()
        )
    )
    session.commit()
    reassign(session, field, to=field.rep, at=MORNING - timedelta(hours=1), route=field.far_route)
    phone = on_phone(app, field.rep)
    call(phone, field.outlets[0])
    call(phone, field.far_outlets[0])
    day = get(at_desk(app, field.supervisor), f"/people/{field.rep.id}")
    assert [one["outlet_id"] for one in day["calls"]] == [field.outlets[0]]
    assert {one["route_id"] for one in day["stops"]} == {field.route}


@pytest.mark.parametrize("path", ["", "/exceptions", "/calls", "/people/{rep}"])
def test_an_unchanged_board_is_a_304_until_something_arrives_or_a_minute_passes(
    app: Flask, field: Field, path: str
):
    clock.start_at(MORNING)
    boss, phone = at_desk(app, field.supervisor), on_phone(app, field.rep)
    address = "/live" + path.format(rep=field.rep.id)
    first = boss.request("GET", address)
    tag = first.headers["etag"]
    again = boss.request("GET", address, headers={"If-None-Match": tag})
    assert (again.status, again.data, again.headers["etag"]) == (304, b"", tag)
    call(phone, field.outlets[0])
    changed = boss.request("GET", address, headers={"If-None-Match": tag})
    assert changed.status == 200
    clock.start_at(MORNING + timedelta(minutes=1))
    later = boss.request("GET", address, headers={"If-None-Match": changed.headers["etag"]})
    assert later.status == 200


def test_a_version_of_ones_own_opens_nobody_elses_day(app: Flask, session: Session, field: Field):
    session.add(
        PersonTerritory(
            person_id=field.supervisor.id, territory_id=field.territory, valid_from=MORNING.date()
        )
    )
    session.commit()
    boss = at_desk(app, field.supervisor)
    tag = boss.request("GET", f"/live/people/{field.rep.id}").headers["etag"]
    foreign = boss.request("GET", f"/live/people/{field.far_rep.id}", headers={"If-None-Match": tag})
    assert foreign.status == 404


def test_those_of_other_duties_do_not_follow_anybodys_day(app: Flask, field: Field):
    for who in (field.rep, field.driver, field.custodian):
        desk = at_desk(app, who)
        for path in ("", "/exceptions", "/calls", f"/people/{field.rep.id}"):
            assert desk.request("GET", f"/live{path}").status == 403
