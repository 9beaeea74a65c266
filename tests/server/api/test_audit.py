"""What the auditor reads, what alerts ask of the office, and what phones give back of the chain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.extensions import clock, db
from server.models import Alert, AuditEntry, Contact, Person, PersonRole, RevealRequest
from server.services.alerts import raise_alert
from server.services.transaction import deed
from tests.server.fake_phone import ClientWire, FakePhone, uuid7, wire_time
from tests.server.field import BEGAN, PASSWORD, Field, Who, field_at

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


def signed_in(app: Flask, who: Who) -> FakePhone:
    phone = FakePhone(ClientWire(app.test_client()))
    assert phone.sign_in(who).status == 200
    return phone


def open_one(app: Flask, session: Session, field: Field, outlet: int = 0, **changes: object) -> FakePhone:
    """The rep opens the number of an outlet."""
    outlet_id = field.outlets[outlet]
    contact_id = session.scalar(sa.select(Contact.id).where(Contact.outlet_id == outlet_id))
    session.rollback()
    phone = signed_in(app, field.rep)
    body = {
        "reveal_id": uuid7(clock.now()),
        "outlet_id": outlet_id,
        "contact_id": contact_id,
        "reason": "other",
        "words": "老板要改时间",
        "at": wire_time(clock.now()),
        "fix": phone.fix(),
        **changes,
    }
    answer = phone.request("POST", "/reveals", body)
    assert answer.status == 200, answer.data
    return phone


# --- searching -------------------------------------------------------------------------------------------------


def test_an_auditor_finds_entries_by_person_outlet_device_deed_and_time(
    app: Flask, session: Session, field: Field, auditor: Who
) -> None:
    phone = open_one(app, session, field)
    desk = signed_in(app, auditor)
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
    desk = signed_in(app, auditor)
    for number in range(120):
        tell(kind=f"test.{number}")
    manager = signed_in(app, field.manager)
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
    page = signed_in(app, auditor).request("GET", f"/audit/people/{field.rep.id}/openings").json
    assert [one["outlet_id"] for one in page["openings"]] == [field.outlets[1]]
    assert (page["openings"][0]["words"], page["openings"][0]["has_fix"]) == ("老板要改时间", True)


def test_a_leavers_90_days_end_with_their_last_entry(
    app: Flask, session: Session, field: Field, auditor: Who
) -> None:
    open_one(app, session, field, 0)
    session.execute(sa.update(Person).where(Person.id == field.rep.id).values(status="left"))
    session.commit()
    clock.start_at(MORNING + timedelta(days=200))
    page = signed_in(app, auditor).request("GET", f"/audit/people/{field.rep.id}/openings").json
    assert len(page["openings"]) == 1


def test_a_rep_sees_what_they_opened_and_who_looked(
    app: Flask, session: Session, field: Field, auditor: Who
) -> None:
    phone = open_one(app, session, field)
    assert phone.request("GET", "/me/record").json["lookers"] == []
    signed_in(app, auditor).request("GET", f"/audit/people/{field.rep.id}/openings")
    record = phone.request("GET", "/me/record").json
    assert [one["outlet_id"] for one in record["openings"]] == [field.outlets[0]]
    assert [(one["deed"], one["person"]) for one in record["lookers"]] == [("audit.openings", "审计")]


def test_the_state_tells_the_newest_checkpoint_and_the_last_verdict(
    app: Flask, field: Field, auditor: Who
) -> None:
    desk = signed_in(app, auditor)
    verdict = desk.request("POST", "/audit/verify").json
    assert (verdict["fault"], verdict["entries"] > 0) == (None, True)
    state = desk.request("GET", "/audit/state").json
    assert state["verdict"] == verdict
    assert state["checkpoint"]["seq"] <= state["entries"]


# --- checkpoints on phones -----------------------------------------------------------------------------------------


def test_manifest_and_push_carry_a_checkpoint_that_the_phone_gives_back(
    app: Flask, session: Session, field: Field
) -> None:
    phone = signed_in(app, field.rep)
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
    phone = signed_in(app, field.rep)
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
    phone = signed_in(app, field.rep)
    given = phone.request("GET", "/daybook/manifest").json["checkpoint"]
    echo(phone, {**given, "digest": "f" * 64})
    alert = session.scalars(sa.select(Alert)).one()
    assert (alert.kind, alert.subject) == ("audit.false_checkpoint", f"device:{phone.device_id}")


@pytest.mark.parametrize("rubbish", [None, 7, "x", {}, {"seq": "1"}, [1], {"seq": 2**70, "digest": ""}])
def test_an_echo_that_is_none_never_holds_up_a_push(app: Flask, field: Field, rubbish: object) -> None:
    phone = signed_in(app, field.rep)
    operation = phone.save("visit.record", phone.visit(field.outlets[0]))
    answer = echo(phone, rubbish)
    assert [(one["id"], one["status"]) for one in answer["results"]] == [(operation, "applied")]


# --- alerts ----------------------------------------------------------------------------------------------------


@deed
def tell(session: Session, *, kind: str, subject: str = "person:1", severity: str = "warning") -> int:
    return raise_alert(session, kind=kind, subject=subject, at=clock.now(), severity=severity)


def test_an_alert_comes_once_counts_up_and_comes_anew_when_it_was_resolved(
    app: Flask, session: Session, field: Field
) -> None:
    desk = signed_in(app, field.manager)
    one = tell(kind="without.a_rule")
    assert tell(kind="without.a_rule") == one
    assert desk.request("POST", f"/alerts/{one}/acknowledge").status == 204
    assert tell(kind="without.a_rule") == one
    assert desk.request("GET", "/alerts").json["alerts"] == [], "seen, and no worse than before"
    tell(kind="without.a_rule", severity="alarm")
    (shown,) = desk.request("GET", "/alerts").json["alerts"]
    assert (shown["count"], shown["severity"], shown["about"]) == (4, "alarm", "rep 先生")
    assert desk.request("POST", f"/alerts/{one}/resolve", {"note": "与本人谈过"}).status == 204
    assert desk.request("POST", f"/alerts/{one}/resolve", {"note": "again"}).status == 409
    assert tell(kind="without.a_rule") != one


def test_nobody_deals_with_an_alert_about_themselves(app: Flask, session: Session, field: Field) -> None:
    one = tell(kind="reveal.unusual_pace", subject=f"person:{field.manager.id}")
    refused = signed_in(app, field.manager).request("POST", f"/alerts/{one}/resolve", {"note": "nothing"})
    assert (refused.status, refused.json["code"]) == (409, "alert_own")


# --- more openings -----------------------------------------------------------------------------------------------


def more(field: Field, **changes: object) -> dict[str, object]:
    return {"request_id": uuid7(clock.now()), "outlet_id": field.outlets[0], "words": "换了老板", **changes}


def decide(phone: FakePhone, request_id: object, *, approve: bool = True) -> Any:
    assert phone.request("POST", "/session/step-up", {"password": PASSWORD}).status in (200, 204)
    return phone.request("POST", f"/reveals/requests/{request_id}/decide", {"approve": approve, "note": ""})


def test_more_openings_are_approved_by_somebody_else_and_counted_from_then(
    app: Flask, session: Session, field: Field
) -> None:
    for _ in range(3):
        phone = open_one(app, session, field)
    clock.start_at(MORNING + timedelta(minutes=5))
    asked = more(field)
    assert phone.request("POST", "/reveals/requests", asked).status == 201
    assert phone.request("POST", "/reveals/requests", asked).status == 201, "asking twice asks once"
    desk = signed_in(app, field.manager)
    (shown,) = desk.request("GET", "/reveals/requests").json
    assert (shown["words"], shown["opened_outlet"]) == ("换了老板", 3)
    without = desk.request("POST", f"/reveals/requests/{shown['id']}/decide", {"approve": True, "note": ""})
    assert (without.status, without.json["code"]) == (403, "step_up_needed")
    assert decide(desk, shown["id"]).status == 204
    clock.start_at(MORNING + timedelta(minutes=6))
    open_one(app, session, field)
    again = decide(desk, shown["id"])
    assert (again.status, again.json["code"]) == (409, "decided")


def test_nobody_approves_their_own_request_nor_for_an_outlet_they_opened(
    app: Flask, session: Session, field: Field
) -> None:
    desk = signed_in(app, field.manager)
    own = more(field)
    assert desk.request("POST", "/reveals/requests", own).status == 201
    assert decide(desk, own["request_id"]).json["code"] == "own_request"
    contact = session.scalar(sa.select(Contact.id).where(Contact.outlet_id == field.outlets[0]))
    session.rollback()
    body = {
        "reveal_id": uuid7(MORNING),
        "outlet_id": field.outlets[0],
        "contact_id": contact,
        "reason": "complaint",
        "words": "",
        "at": wire_time(MORNING),
        "fix": None,
    }
    assert desk.request("POST", "/reveals", body).status == 200
    asked = more(field)
    signed_in(app, field.rep).request("POST", "/reveals/requests", asked)
    assert decide(desk, asked["request_id"]).json["code"] == "borrowed_yourself"
    assert set(session.scalars(sa.select(RevealRequest.status))) == {"open"}


def test_a_number_of_an_outlet_that_was_not_lent_is_not_found(
    app: Flask, session: Session, field: Field
) -> None:
    for outlet_id in (field.other_outlets[0], field.far_outlets[0]):
        contact = session.scalar(sa.select(Contact.id).where(Contact.outlet_id == outlet_id))
        session.rollback()
        body = {
            "reveal_id": uuid7(MORNING),
            "outlet_id": outlet_id,
            "contact_id": contact,
            "reason": "call_owner",
            "words": "",
            "at": wire_time(MORNING),
            "fix": None,
        }
        answer = signed_in(app, field.rep).request("POST", "/reveals", body)
        assert (answer.status, answer.json["code"]) == (404, "not_found")
    refused = session.scalars(
        sa.select(AuditEntry.detail).where(AuditEntry.deed == "contact.reveal_refused")
    ).all()
    assert [one["code"] for one in refused] == ["not_lent", "not_lent"]


def test_other_needs_words(app: Flask, session: Session, field: Field) -> None:
    phone = signed_in(app, field.rep)
    body = {
        "reveal_id": uuid7(MORNING),
        "outlet_id": field.outlets[0],
        "contact_id": 1,
        "reason": "other",
        "words": "  ",
        "at": wire_time(MORNING),
        "fix": None,
    }
    answer = phone.request("POST", "/reveals", body)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "words")
