"""Numbers opened over the API, and asking for more openings where they are used up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import AuditEntry, Contact, RevealRequest
from tests.server.api.desk import on_phone, open_one
from tests.server.fake_phone import FakePhone, uuid7, wire_time
from tests.server.field import PASSWORD, Field, field_at

MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING)


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
    desk = on_phone(app, field.manager)
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
    desk = on_phone(app, field.manager)
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
    on_phone(app, field.rep).request("POST", "/reveals/requests", asked)
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
        answer = on_phone(app, field.rep).request("POST", "/reveals", body)
        assert (answer.status, answer.json["code"]) == (404, "not_found")
    refused = session.scalars(
        sa.select(AuditEntry.detail).where(AuditEntry.deed == "contact.reveal_refused")
    ).all()
    assert [one["code"] for one in refused] == ["not_lent", "not_lent"]


def test_other_needs_words(app: Flask, session: Session, field: Field) -> None:
    phone = on_phone(app, field.rep)
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
