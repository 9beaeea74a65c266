"""The inbox under failures of the server's own: nothing is lost, nothing is doubled, nothing is poisoned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from server.extensions import clock, db
from server.models import AuditEntry, Operation, Visit
from server.services import audit, leftovers, operations, visits
from tests.server.fake_phone import ClientWire, FakePhone, uuid7
from tests.server.field import Field, build_field


@pytest.fixture
def field(session: Session) -> Field:
    return build_field(session)


@pytest.fixture
def phone(client: FlaskClient, field: Field) -> FakePhone:
    phone = FakePhone(ClientWire(client))
    phone.sign_in(field.rep)
    return phone


def visits_in(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Visit)) or 0


def broken(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("a fault of the server's own")


def test_a_failure_of_the_servers_own_is_a_retry_and_the_third_a_quarantine(
    phone: FakePhone, field: Field, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = phone.save("visit.record", phone.visit(field.outlets[0]))
    with monkeypatch.context() as patched:
        patched.setattr(visits, "rows_of", broken)
        codes = [(one["status"], one["code"]) for _ in range(3) for one in phone.push()["results"]]
    assert codes == [("retry", "busy"), ("retry", "busy"), ("quarantined", "failed")]
    assert phone.queue == []
    session.rollback()
    assert session.get_one(Operation, UUID(visit)).failures == 3


def test_one_that_fails_does_not_fail_the_others(
    phone: FakePhone, field: Field, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = visits.rows_of

    def fails_for_the_second(captured: Any, body: Any, *args: Any, **kwargs: Any) -> Any:
        if body.outlet_id == field.outlets[1]:
            broken()
        return real(captured, body, *args, **kwargs)

    for index in range(3):
        phone.save("visit.record", phone.visit(field.outlets[index]))
    monkeypatch.setattr(visits, "rows_of", fails_for_the_second)
    assert [one["status"] for one in phone.push()["results"]] == ["applied", "retry", "applied"]
    assert visits_in(session) == 2


def test_D16_without_its_audit_entry_nothing_is_applied(
    phone: FakePhone, field: Field, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.save("visit.record", phone.visit(field.outlets[0]))
    with monkeypatch.context() as patched:
        patched.setattr(audit, "record", broken)
        assert phone.push()["results"][0]["status"] == "retry"
    assert visits_in(session) == 0
    assert phone.push()["results"][0]["status"] == "applied"
    assert visits_in(session) == 1


def test_D3_what_was_taken_in_and_not_applied_is_applied_when_it_is_sent_again(
    phone: FakePhone, field: Field, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.save("visit.record", phone.visit(field.outlets[0]))
    cut_off_after_the_inbox(phone, monkeypatch)
    assert visits_in(session) == 0
    assert phone.push()["results"][0]["status"] == "applied"
    assert visits_in(session) == 1


def test_D3_the_sweep_applies_what_was_left_and_the_phone_gets_a_duplicate(
    app: Flask, phone: FakePhone, field: Field, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(3):
        phone.save("visit.record", phone.visit(field.outlets[index]))
    cut_off_after_the_inbox(phone, monkeypatch)
    session.rollback()
    done = app.test_cli_runner().invoke(args=["operations", "sweep"])
    assert done.output.strip() == "applied 3, quarantined 0, left 0"
    assert [one["status"] for one in phone.push()["results"]] == ["duplicate"] * 3
    assert visits_in(session) == 3


def cut_off_after_the_inbox(phone: FakePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends between taking a batch in and applying it."""
    with monkeypatch.context() as patched:
        patched.setattr(operations, "apply_all", broken)
        assert phone.send(phone.envelope()).status == 500


def test_what_waits_for_another_operation_for_a_week_is_shown_to_a_person(
    app: Flask, phone: FakePhone, field: Field, session: Session
) -> None:
    body = {"outlet_id": field.outlets[0], "at": phone.envelope([])["sent_at"], "text": "x"}
    waiting = phone.save("outlet.note", body, after=uuid7(clock.now()))
    assert phone.push()["results"][0]["code"] == "waits_for"
    session.rollback()
    assert leftovers.sweep(now=clock.now()) == (0, 0, 1)
    assert leftovers.sweep(now=clock.now() + timedelta(days=8)) == (0, 1, 0)
    session.rollback()
    assert session.get_one(Operation, UUID(waiting)).code == "waits_for"


class SerializationFailure(Exception):
    sqlstate = "40001"


def test_D7_a_lost_race_is_run_again_whole(
    phone: FakePhone, field: Field, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = audit.record, []

    def loses_twice(*args: Any, **kwargs: Any) -> int:
        calls.append(kwargs["deed"])
        if len(calls) <= 2:
            raise OperationalError("UPDATE audit_head", {}, SerializationFailure("could not serialize"))
        return real(*args, **kwargs)

    phone.save("visit.record", phone.visit(field.outlets[0]))
    monkeypatch.setattr(audit, "record", loses_twice)
    assert phone.push()["results"][0]["status"] == "applied"
    assert calls == ["visit.record"] * 3
    assert visits_in(session) == 1


class Locked(Exception):
    sqlstate = "55P03"


def test_D4_a_locked_database_is_a_retry_for_the_operation_alone(
    phone: FakePhone, field: Field, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*args: Any, **kwargs: Any) -> int:
        raise OperationalError("UPDATE audit_head", {}, Locked("database is locked"))

    phone.save("visit.record", phone.visit(field.outlets[0]))
    with monkeypatch.context() as patched:
        patched.setattr(audit, "record", locked)
        result = phone.push()["results"][0]
    assert (result["status"], result["code"]) == ("retry", "busy")
    assert phone.push()["results"][0]["status"] == "applied"


class Full(Exception):
    sqlstate = "53100"


def test_D5_on_a_full_disk_nothing_is_acknowledged(
    phone: FakePhone, field: Field, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> int:
        raise OperationalError("INSERT", {}, Full("database or disk is full"))

    phone.save("visit.record", phone.visit(field.outlets[0]))
    with monkeypatch.context() as patched:
        patched.setattr(audit, "record", full)
        answer = phone.send(phone.envelope())
    assert (answer.status, answer.json["code"]) == (503, "storage_full")
    assert answer.headers["retry-after"]
    assert phone.push()["results"][0]["status"] == "applied"


def test_I9_every_effect_has_its_audit_entry_and_commit_order_is_their_order(
    phone: FakePhone, field: Field, session: Session
) -> None:
    for index in range(6):
        phone.save("visit.record", phone.visit(field.outlets[index]))
    phone.push()
    db.session.rollback()
    entries = {
        entry.seq: entry
        for entry in session.scalars(select(AuditEntry).where(AuditEntry.deed == "visit.record"))
    }
    for operation in session.scalars(select(Operation).order_by(Operation.seq)):
        assert operation.server_seq is not None
        assert entries.pop(operation.server_seq).detail["operation"] == str(operation.id)
    assert entries == {}
