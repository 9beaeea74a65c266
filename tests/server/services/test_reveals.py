"""Reveals: a number is given once it is written down, within a quota, to whom it was lent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import AuditEntry, Contact, Reveal
from tests.server.fake_phone import ClientWire, FakePhone, uuid7, wire_time
from tests.server.field import Field, field_at

# 10:00 on a Monday in Hong Kong.
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING)


def contact_of(session: Session, outlet_id: int) -> tuple[int, str]:
    """Id and number of an outlet's contact."""
    contact = session.scalars(sa.select(Contact).where(Contact.outlet_id == outlet_id)).one()
    found = contact.id, contact.phone
    session.rollback()
    return found


def opening(outlet_id: int, contact_id: int, **changes: object) -> dict[str, object]:
    return {
        "reveal_id": uuid7(clock.now()),
        "outlet_id": outlet_id,
        "contact_id": contact_id,
        "reason": "call_owner",
        "words": "",
        "at": wire_time(clock.now()),
        "fix": None,
        **changes,
    }


def phone_of(client: FlaskClient, field: Field) -> FakePhone:
    phone = FakePhone(ClientWire(client))
    phone.sign_in(field.rep)
    return phone


def test_a_number_is_given_once_it_is_written_down(
    client: FlaskClient, session: Session, field: Field
) -> None:
    contact, number = contact_of(session, field.outlets[0])
    phone = phone_of(client, field)
    answer = phone.request("POST", "/reveals", opening(field.outlets[0], contact))
    assert answer.status == 200, answer.data
    assert answer.json == {"number": number, "left_today": 29, "left_outlet": 2}
    row = session.scalars(sa.select(Reveal)).one()
    assert (row.person_id, row.outlet_id, row.contact_id, row.offline) == (
        field.rep.id,
        field.outlets[0],
        contact,
        False,
    )
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.deed == "contact.reveal")).one()
    assert entry.subject == f"outlet:{field.outlets[0]}"
    assert number not in str(entry.detail)
