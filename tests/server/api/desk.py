"""Somebody at a desk or on a phone, for tests: signed in, and at the desk proved to be there."""

from __future__ import annotations

import re

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import Contact
from server.services.alerts import raise_alert
from server.services.transaction import deed
from tests.server.fake_phone import Answer, ClientWire, FakePhone, uuid7, wire_time
from tests.server.field import PASSWORD, Field, Who

# Keys and instants: the digits in them stand there by chance.
_BY_CHANCE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+)")


def at_desk(app: Flask, who: Who, *, stepped_up: bool = True) -> FakePhone:
    phone = FakePhone(ClientWire(app.test_client()))
    assert phone.request("POST", "/session", {"login": who.login, "password": PASSWORD}).status == 200
    if stepped_up:
        assert phone.request("POST", "/session/step-up", {"password": PASSWORD}).status == 200
    return phone


def on_phone(app: Flask, who: Who) -> FakePhone:
    phone = FakePhone(ClientWire(app.test_client()))
    assert phone.sign_in(who).status == 200
    return phone


def words_of(answer: Answer) -> str:
    """What an answer tells, without keys and instants: where four digits of a number are looked for."""
    return _BY_CHANCE.sub("", answer.data.decode())


def open_one(app: Flask, session: Session, field: Field, outlet: int = 0, **changes: object) -> FakePhone:
    """The rep opens the number of an outlet."""
    outlet_id = field.outlets[outlet]
    contact_id = session.scalar(sa.select(Contact.id).where(Contact.outlet_id == outlet_id))
    session.rollback()
    phone = on_phone(app, field.rep)
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


@deed
def tell(session: Session, *, kind: str, subject: str = "person:1", severity: str = "warning") -> int | None:
    return raise_alert(session, kind=kind, subject=subject, at=clock.now(), severity=severity)
