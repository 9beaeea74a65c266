"""E13, F8, J2: a number is written down before it is shown, scraping is stopped and told, and nothing is shown where
nothing can be written down."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import Alert, AuditEntry, Contact, Reveal
from tests.faults.conftest import NewHouse
from tests.faults.house import House
from tests.faults.test_network import LOST
from tests.faults.test_server_killed import standstill, wait_until
from tests.faulty_proxy import Fault, FaultyProxy
from tests.server.fake_phone import ClientWire, FakePhone, uuid7, wire_time
from tests.server.field import Field, field_at

MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MORNING_LOCAL = "2026-11-23T10:00:00+08:00"
NUMBER = "+852 6000 0000"


@pytest.fixture(params=["sqlite", "postgresql"])
def awake(request: pytest.FixtureRequest, new_house: NewHouse) -> House:
    """A running server at ten in the morning: what is tried here is not the time of day."""
    return new_house(request.param, clock=MORNING_LOCAL)


def opening(outlet_id: int, contact_id: int, at: datetime, **changes: object) -> dict[str, object]:
    return {
        "reveal_id": uuid7(at),
        "outlet_id": outlet_id,
        "contact_id": contact_id,
        "reason": "call_owner",
        "words": "",
        "at": wire_time(at),
        "fix": None,
        **changes,
    }


def first_opening(house: House) -> dict[str, object]:
    outlet = house.field.outlets[0]
    contact = house.ask("SELECT id FROM contact WHERE outlet_id = :outlet", outlet=outlet)[0][0]
    return opening(outlet, contact, MORNING)


def recorded(house: House) -> tuple[int, int]:
    """Openings in the book, and entries about them in the chain."""
    rows = house.ask("SELECT count(*) FROM reveal")[0][0]
    return rows, house.ask("SELECT count(*) FROM audit_entry WHERE deed = 'contact.reveal'")[0][0]


def test_E13_killed_between_the_record_and_the_number_it_is_recorded_and_asked_again(awake: House) -> None:
    phone = awake.phone()
    body = first_opening(awake)
    with FaultyProxy(awake.server.port) as link:
        awake.through(phone, link.url)
        link.arm(Fault(hold_answers=True, times=None))
        thread = threading.Thread(target=lose, args=(phone, body))
        thread.start()
        assert link.struck.wait(20), "the server has answered"
        awake.kill()
        thread.join(30)
    assert recorded(awake) == (1, 1), "it is recorded, though nobody saw the number"
    awake.server.start()
    awake.through(phone, awake.server.url)
    answer = phone.request("POST", "/reveals", body)
    assert (answer.status, answer.json["number"], answer.json["left_today"]) == (200, NUMBER, 29)
    assert recorded(awake) == (1, 1), "the same opening counts once"


def lose(phone: FakePhone, body: dict[str, object]) -> None:
    with contextlib.suppress(*LOST):
        phone.request("POST", "/reveals", body)


@pytest.mark.parametrize("table", ["reveal", "audit_entry"])
def test_E13_killed_before_the_record_is_whole_no_number_has_left(awake: House, table: str) -> None:
    phone = awake.phone()
    body = first_opening(awake)
    with FaultyProxy(awake.server.port) as link:
        awake.through(phone, link.url)
        link.arm(Fault(times=None))
        with standstill(awake, table) as somebody_stands:
            thread = threading.Thread(target=lose, args=(phone, body))
            thread.start()
            wait_until(somebody_stands, f"the server inside its transaction on {table}")
            awake.kill()
            thread.join(30)
        assert b"6000" not in link.answers
    assert recorded(awake) == (0, 0)
    awake.server.start()
    awake.through(phone, awake.server.url)
    assert phone.request("POST", "/reveals", body).json["number"] == NUMBER


def test_E13_an_opening_that_is_pushed_and_asked_online_counts_once(awake: House) -> None:
    phone = awake.phone()
    body = first_opening(awake)
    assert phone.request("POST", "/reveals", body).status == 200
    operation = phone.save("contact.reveal", body, at=MORNING)
    phone.push()
    assert phone.result(operation)["status"] == "applied"
    assert recorded(awake)[0] == 1


# --- J2 --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def unwritable_audit(house: House) -> Iterator[None]:
    """No entry can be added to the chain: the database refuses."""
    if house.kind == "sqlite":
        make = [
            "CREATE TRIGGER refusing BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'read only'); END"
        ]
        end = ["DROP TRIGGER refusing"]
    else:
        make = [
            """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION 'read only' USING ERRCODE = '25006'; END $$""",
            "CREATE TRIGGER refusing BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION refuse()",
        ]
        end = ["DROP TRIGGER refusing ON audit_entry", "DROP FUNCTION refuse"]
    house.tell(*make)
    try:
        yield
    finally:
        house.tell(*end)


def test_J2_where_the_audit_cannot_be_written_no_number_is_shown_and_nothing_approved(awake: House) -> None:
    phone, office = awake.phone(), awake.phone(awake.field.manager)
    asked = {"request_id": uuid7(MORNING), "outlet_id": awake.field.outlets[0], "words": "订货要确认"}
    assert phone.request("POST", "/reveals/requests", asked).status == 201
    assert office.request("POST", "/session/step-up", {"password": "correct horse 2026"}).status in (200, 204)
    decide = f"/reveals/requests/{asked['request_id']}/decide"
    with unwritable_audit(awake):
        refused = phone.request("POST", "/reveals", first_opening(awake))
        assert (refused.status, refused.json["code"]) == (503, "audit_unwritable")
        assert b"6000" not in refused.data
        answer = office.request("POST", decide, {"approve": True, "note": ""})
        assert (answer.status, answer.json["code"]) == (503, "audit_unwritable")
    assert recorded(awake) == (0, 0)
    assert awake.ask("SELECT status FROM reveal_request")[0][0] == "open"
    assert office.request("POST", decide, {"approve": True, "note": ""}).status == 204
    assert phone.request("POST", "/reveals", first_opening(awake)).json["number"] == NUMBER


def test_J2_visits_still_come_in_where_the_audit_cannot_be_written(awake: House) -> None:
    phone = awake.phone()
    ids = awake.visits(phone, 3)
    with unwritable_audit(awake):
        for _ in range(4):
            answer = phone.push()
            assert {result["status"] for result in answer["results"]} == {"retry"}
    assert set(awake.states(ids).values()) == {"received"}, "they stand in the inbox and lose nothing"
    assert awake.visits_of(ids) == 0
    phone.push()
    awake.assert_once(phone, ids)


# --- F8 --------------------------------------------------------------------------------------------------------


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING, outlets=60)


def contacts(session: Session, field: Field) -> list[tuple[int, int]]:
    rows = session.execute(
        sa.select(Contact.outlet_id, Contact.id)
        .where(Contact.outlet_id.in_(field.outlets))
        .order_by(Contact.id)
    ).all()
    session.rollback()
    return [(row[0], row[1]) for row in rows]


def rep_phone(app: Flask, field: Field) -> FakePhone:
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(field.rep)
    return phone


def scrape(
    phone: FakePhone, targets: list[tuple[int, int]], began: datetime, minutes: int
) -> list[tuple[int, Any]]:
    """One opening a minute, each of another outlet; status and answer."""
    told = []
    for minute in range(minutes):
        at = began + timedelta(minutes=minute)
        clock.start_at(at)
        answer = phone.request("POST", "/reveals", opening(*targets[minute % len(targets)], at))
        told.append((answer.status, answer.json))
    return told


def alerts(session: Session) -> dict[str, Alert]:
    found = {one.kind: one for one in session.scalars(sa.select(Alert))}
    session.expunge_all()  # else looking at one later would read, and keep what it read
    session.rollback()
    return found


def test_F8_scraping_once_a_minute_by_day_ends_at_the_quota_and_is_told_at_80_percent(
    app: Flask, session: Session, field: Field
) -> None:
    phone, targets = rep_phone(app, field), contacts(session, field)
    told = scrape(phone, targets, MORNING, 24)
    assert [status for status, _ in told] == [200] * 24
    found = alerts(session)
    assert found["reveal.quota_nearly_used"].detail["opened"] == 24
    assert found["reveal.unusual_pace"].count >= 10, "one a minute is no work"
    told = scrape(phone, targets[24:], MORNING + timedelta(minutes=24), 20)
    assert [status for status, _ in told] == [200] * 6 + [403] * 14
    assert {answer["code"] for status, answer in told if status == 403} == {"over_day"}
    refused = session.scalars(sa.select(AuditEntry).where(AuditEntry.deed == "contact.reveal_refused")).all()
    assert len(refused) == 14
    assert session.scalar(sa.select(sa.func.count()).select_from(Reveal)) == 30


def test_F8_scraping_all_night_gives_three_numbers_and_an_alert(
    app: Flask, session: Session, field: Field
) -> None:
    phone, targets = rep_phone(app, field), contacts(session, field)
    night = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # one in the night of Tuesday
    told = scrape(phone, targets, night, 60)
    assert [status for status, _ in told] == [200] * 3 + [403] * 57
    assert told[-1][1]["code"] == "over_night"
    assert alerts(session)["reveal.unusual_hour"].count == 3


def test_F8_another_id_for_the_same_number_does_not_open_it_a_fourth_time(
    app: Flask, session: Session, field: Field
) -> None:
    phone, (target, *_) = rep_phone(app, field), contacts(session, field)
    told = [phone.request("POST", "/reveals", opening(*target, MORNING)) for _ in range(4)]
    assert [answer.status for answer in told] == [200, 200, 200, 403]
    assert told[-1].json["code"] == "over_outlet"
    manifest = phone.request("GET", "/daybook/manifest").json
    assert manifest["reveals"]["left_today"] == 27
    assert manifest["reveals"]["outlets"] == [[target[0], 0]]


def test_F8_two_openings_at_once_cannot_both_take_the_last(
    app: Flask, session: Session, field: Field
) -> None:
    first, second = rep_phone(app, field), rep_phone(app, field)
    (target, *_) = contacts(session, field)
    for _ in range(2):
        assert first.request("POST", "/reveals", opening(*target, MORNING)).status == 200
    gate, told = threading.Barrier(2), []

    def ask(phone: FakePhone) -> None:
        gate.wait(10)
        told.append(phone.request("POST", "/reveals", opening(*target, MORNING)).status)

    threads = [threading.Thread(target=ask, args=(phone,)) for phone in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == [200, 403]


def test_F8_openings_offline_over_the_quota_are_recorded_flagged_and_told(
    app: Flask, session: Session, field: Field
) -> None:
    phone, (target, *_) = rep_phone(app, field), contacts(session, field)
    ids = [phone.save("contact.reveal", opening(*target, MORNING)) for _ in range(4)]
    phone.push()
    assert {phone.result(one)["status"] for one in ids} == {"applied"}
    rows = session.scalars(sa.select(Reveal).order_by(Reveal.id)).all()
    assert [row.offline for row in rows] == [True] * 4
    assert [flag for row in rows for flag in row.flags] == ["over_outlet"]
    assert alerts(session)["reveal.over_quota"].detail["limit"] == "over_outlet"
