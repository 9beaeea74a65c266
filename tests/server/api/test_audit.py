"""What the auditor reads, and what phones give back of the chain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.extensions import clock, db
from server.models import Alert, AuditEntry, Person, PersonRole
from tests.server.api.desk import on_phone, open_one, tell
from tests.server.fake_phone import FakePhone, wire_time
from tests.server.field import BEGAN, Field, Who, field_at

MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING)


@pytest.fixture
def auditor(session: Session, field: Field) -> Who:
    password = session.scalar(sa.select(Person.password_hash).where(Person.id == field.rep.id))
    person = Person(
        login="auditor",
        name="审计",
        password_hash=password,
        created_at=BEGAN,
        roles=[PersonRole(role="auditor", valid_from=BEGAN.date())],
    )
    session.add(person)
    session.commit()
    found = Who(person.id, person.login)
    session.rollback()
    return found


# --- searching -------------------------------------------------------------------------------------------------


def test_an_auditor_finds_entries_by_person_outlet_device_deed_and_time(
    app: Flask, session: Session, field: Field, auditor: Who
) -> None:
    phone = open_one(app, session, field)
    desk = on_phone(app, auditor)
    later = wire_time(MORNING + timedelta(hours=1))
    for query, found in (
        (f"person_id={field.rep.id}&deed=contact.reveal", 1),
        (f"outlet_id={field.outlets[0]}", 1),
        (f"outlet_id={field.outlets[1]}", 0),
        (f"device={phone.device_id}&deed=contact.reveal", 1),
        (f"device={uuid4()}", 0),
        (f"deed=contact.reveal&since={later}", 0),
        (f"deed=contact.reveal&until={later}", 1),
    ):
        answer = desk.request("GET", f"/audit/entries?{query}")
        assert (answer.status, len(answer.json["entries"])) == (200, found), query
    entry = desk.request("GET", "/audit/entries?deed=contact.reveal").json["entries"][0]
    assert entry["detail"]["reason"] == "other"
    assert "老板要改时间" not in str(entry), "words may name people: they are not in the chain"


def test_entries_come_in_pages_and_every_search_is_an_entry(
    app: Flask, session: Session, field: Field, auditor: Who
) -> None:
    desk = on_phone(app, auditor)
    for number in range(120):
        tell(kind=f"test.{number}")
    manager = on_phone(app, field.manager)
    ids = [one["id"] for one in manager.request("GET", "/alerts").json["alerts"]]
    assert len(ids) == 100
    for one in ids:
        manager.request("POST", f"/alerts/{one}/acknowledge")
    for one in ids:
        manager.request("POST", f"/alerts/{one}/resolve", {"note": "ok"})
    first = desk.request("GET", f"/audit/entries?person_id={field.manager.id}").json
    assert len(first["entries"]) == 100
    second = desk.request("GET", f"/audit/entries?person_id={field.manager.id}&before={first['next']}").json[
        "entries"
    ]
    assert second[0]["seq"] < first["entries"][-1]["seq"]
    searches = session.scalars(sa.select(AuditEntry).where(AuditEntry.deed == "audit.search")).all()
    assert [(one.subject, one.person_id) for one in searches] == [(f"person:{field.manager.id}", auditor.id)]


def test_what_a_person_opened_in_90_days_is_on_one_page(
    app: Flask, session: Session, field: Field, auditor: Who
) -> None:
    open_one(app, session, field, 0)
    clock.start_at(MORNING + timedelta(days=88))
    open_one(app, session, field, 1)
    clock.start_at(MORNING + timedelta(days=91))
    page = on_phone(app, auditor).request("GET", f"/audit/people/{field.rep.id}/openings").json
    assert [one["outlet_id"] for one in page["openings"]] == [field.outlets[1]]
    assert (page["openings"][0]["words"], page["openings"][0]["has_fix"]) == ("老板要改时间", True)


def test_a_leavers_90_days_end_with_their_last_entry(
    app: Flask, session: Session, field: Field, auditor: Who
) -> None:
    open_one(app, session, field, 0)
    session.execute(sa.update(Person).where(Person.id == field.rep.id).values(status="left"))
    session.commit()
    clock.start_at(MORNING + timedelta(days=200))
    page = on_phone(app, auditor).request("GET", f"/audit/people/{field.rep.id}/openings").json
    assert len(page["openings"]) == 1


def test_a_rep_sees_what_they_opened_and_who_looked(
    app: Flask, session: Session, field: Field, auditor: Who
) -> None:
    phone = open_one(app, session, field)
    assert phone.request("GET", "/me/record").json["lookers"] == []
    on_phone(app, auditor).request("GET", f"/audit/people/{field.rep.id}/openings")
    record = phone.request("GET", "/me/record").json
    assert [one["outlet_id"] for one in record["openings"]] == [field.outlets[0]]
    assert [(one["deed"], one["person"]) for one in record["lookers"]] == [("audit.openings", "审计")]


def test_the_state_tells_the_newest_checkpoint_and_the_last_verdict(
    app: Flask, field: Field, auditor: Who
) -> None:
    desk = on_phone(app, auditor)
    verdict = desk.request("POST", "/audit/verify").json
    assert (verdict["fault"], verdict["entries"] > 0) == (None, True)
    state = desk.request("GET", "/audit/state").json
    assert state["verdict"] == verdict
    assert state["checkpoint"]["seq"] <= state["entries"]


# --- checkpoints on phones -----------------------------------------------------------------------------------------


def test_manifest_and_push_carry_a_checkpoint_that_the_phone_gives_back(
    app: Flask, session: Session, field: Field
) -> None:
    phone = on_phone(app, field.rep)
    given = phone.request("GET", "/daybook/manifest").json["checkpoint"]
    assert echo(phone, given)["checkpoint"]["seq"] >= given["seq"]
    assert session.scalars(sa.select(Alert)).all() == []


def echo(phone: FakePhone, checkpoint: object) -> dict[str, Any]:
    answer = phone.send({**phone.envelope(), "known_checkpoint": checkpoint})
    assert answer.status == 200, answer.data
    return answer.json  # type: ignore[no-any-return]


def test_J1_a_phones_echo_tells_that_the_history_was_cut_though_every_file_is_gone(
    app: Flask, session: Session, field: Field
) -> None:
    phone = on_phone(app, field.rep)
    given = phone.request("GET", "/daybook/manifest").json["checkpoint"]
    with db.engine.begin() as connection:
        connection.execution_options(routebook_write=True)
        connection.exec_driver_sql(f"DELETE FROM audit_entry WHERE seq >= {given['seq']}")
        last = connection.exec_driver_sql("SELECT seq, digest FROM audit_entry ORDER BY seq DESC").first()
        connection.execute(sa.text("UPDATE audit_head SET seq = :seq, digest = :digest"), last._mapping)
    echo(phone, given)
    echo(phone, given)
    alert = session.scalars(sa.select(Alert)).one()
    assert (alert.kind, alert.severity, alert.count) == ("audit.mismatch", "alarm", 2)
    assert alert.detail["seq"] == given["seq"]
    entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.deed == "audit.mismatch")).all()
    assert len(entries) == 1


def test_a_checkpoint_that_nobody_signed_is_told_of_the_device_and_no_proof(
    app: Flask, session: Session, field: Field
) -> None:
    phone = on_phone(app, field.rep)
    given = phone.request("GET", "/daybook/manifest").json["checkpoint"]
    echo(phone, {**given, "digest": "f" * 64})
    alert = session.scalars(sa.select(Alert)).one()
    assert (alert.kind, alert.subject) == ("audit.false_checkpoint", f"device:{phone.device_id}")


@pytest.mark.parametrize("rubbish", [None, 7, "x", {}, {"seq": "1"}, [1], {"seq": 2**70, "digest": ""}])
def test_an_echo_that_is_none_never_holds_up_a_push(app: Flask, field: Field, rubbish: object) -> None:
    phone = on_phone(app, field.rep)
    operation = phone.save("visit.record", phone.visit(field.outlets[0]))
    answer = echo(phone, rubbish)
    assert [(one["id"], one["status"]) for one in answer["results"]] == [(operation, "applied")]
