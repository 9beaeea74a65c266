"""The confidentiality agreement: nothing is asked where none is published, and no card opens before it is accepted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import AgreementAcceptance, AuditEntry, Contact, Reveal
from server.services import agreements
from tests.server.fake_phone import ClientWire, FakePhone, uuid7, wire_time
from tests.server.field import Field, Who, field_at

MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING)


def signed_in(app: Flask, who: Who) -> FakePhone:
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(who)
    return phone


def publish(field: Field, text: str = "客户资料属于公司。") -> int:
    return agreements.publish(
        title="保密协议",
        title_en="Confidentiality agreement",
        text=text,
        text_en="Customer data belongs to the company.",
        by=field.manager.id,
        now=clock.now(),
    ).version


def test_where_nothing_is_published_nothing_is_needed(app: Flask, field: Field):
    phone = signed_in(app, field.rep)
    found = phone.request("GET", "/agreement").json
    assert (found["needed"], found["version"], found["text"]) == (False, None, "")
    assert phone.request("GET", "/daybook/manifest").status == 200


def test_before_the_first_card_opens_the_agreement_is_accepted(app: Flask, field: Field, session: Session):
    version = publish(field)
    phone = signed_in(app, field.rep)
    doors = [
        ("GET", "/daybook/manifest", None),
        ("GET", f"/daybook/pages?cards={field.outlets[0]}", None),
        ("POST", "/daybook/borrow", {"outlet_id": field.outlets[0], "reason": "顺路"}),
    ]
    for method, path, body in doors:
        refused = phone.request(method, path, body)
        assert (refused.status, refused.json["code"]) == (403, "agreement_needed"), path
        assert "cards" not in refused.json

    asked = phone.request("GET", "/agreement").json
    assert (asked["needed"], asked["version"], asked["text"]) == (True, version, "客户资料属于公司。")
    answer = phone.request("POST", "/agreement/accept", {"version": version, "locale": "zh-CN"})
    assert (answer.status, answer.json["needed"]) == (200, False)
    for method, path, body in doors:
        assert phone.request(method, path, body).status == 200, path
    session.rollback()
    deeds = session.scalars(select(AuditEntry.deed).order_by(AuditEntry.seq)).all()
    assert deeds.count("agreement.accept") == 1


def test_no_number_is_opened_before_the_agreement_is_accepted_at_the_desk_neither(
    app: Flask, field: Field, session: Session
):
    version = publish(field)
    contact = session.scalars(select(Contact.id).where(Contact.outlet_id == field.outlets[0])).one()
    session.rollback()
    for who in (field.rep, field.manager):
        one = signed_in(app, who)
        body = {
            "reveal_id": uuid7(clock.now()), "outlet_id": field.outlets[0], "contact_id": contact,
            "reason": "call_owner", "words": "", "at": wire_time(clock.now()), "fix": None,
        }  # fmt: skip
        refused = one.request("POST", "/reveals", body)
        assert (refused.status, refused.json["code"]) == (403, "agreement_needed")
        assert "number" not in refused.json
        one.request("POST", "/agreement/accept", {"version": version, "locale": "zh-CN"})
        assert one.request("POST", "/reveals", body).status == 200
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Reveal)) == 2


def test_a_second_tap_keeps_the_first_acceptance(app: Flask, field: Field, session: Session):
    version = publish(field)
    phone = signed_in(app, field.rep)
    first = phone.request("POST", "/agreement/accept", {"version": version, "locale": "en"}).json
    clock.start_at(MORNING + timedelta(hours=1))
    again = phone.request("POST", "/agreement/accept", {"version": version, "locale": "zh-CN"}).json
    assert again["accepted_at"] == first["accepted_at"]
    session.rollback()
    (kept,) = session.scalars(select(AgreementAcceptance)).all()
    assert kept.locale == "en"


def test_a_new_version_asks_everybody_again_and_an_old_one_cannot_be_accepted(app: Flask, field: Field):
    old = publish(field)
    phone = signed_in(app, field.rep)
    assert phone.request("POST", "/agreement/accept", {"version": old, "locale": "en"}).status == 200
    new = publish(field, "客户资料属于公司。号码只在需要时查看。")
    assert phone.request("GET", "/daybook/manifest").json["code"] == "agreement_needed"
    late = phone.request("POST", "/agreement/accept", {"version": old, "locale": "en"})
    assert (late.status, late.json["code"]) == (409, "conflict")
    assert phone.request("POST", "/agreement/accept", {"version": new, "locale": "en"}).status == 200
    assert phone.request("GET", "/daybook/manifest").status == 200
