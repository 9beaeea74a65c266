"""A sealed value that does not open takes nothing else with it: it is marked, and the office is told once."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.domain.sealing import FORMAT, UNREADABLE
from server.models import Alert, AuditEntry, Contact, Outlet, OutletNote
from tests.faults.office import NUMBERS, desk
from tests.server.api.desk import at_desk
from tests.server.fake_phone import FakePhone
from tests.server.field import Field, field_at

MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING)


def raw(session: Session, table: str, column: str, key: object) -> bytes:
    """What lies in the database."""
    return bytes(
        session.execute(sa.text(f"SELECT {column} FROM {table} WHERE id = :k"), {"k": key}).scalar_one()
    )


def put(session: Session, table: str, column: str, key: object, value: bytes) -> None:
    session.execute(sa.text(f"UPDATE {table} SET {column} = :v WHERE id = :k"), {"v": value, "k": key})
    session.commit()


def flipped(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1])


def of_no_key(value: bytes) -> bytes:
    return FORMAT + b"\x00\x00\x00\x00" + value[5:]


def of_another_column(session: Session, key: int) -> bytes:
    return raw(session, "contact", "name", key)


def the_contact(session: Session, field: Field) -> Contact:
    contact = session.scalars(sa.select(Contact).where(Contact.outlet_id == field.outlets[0])).first()
    assert contact is not None
    return contact


def card(phone: FakePhone, outlet: int) -> dict[str, object]:
    answer = phone.request("GET", f"/daybook/pages?cards={outlet}")
    assert answer.status == 200
    (found,) = answer.json["cards"]
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize("how", ["altered", "key missing", "swapped"])
def test_a_value_that_does_not_open_is_marked_and_the_rest_of_the_card_is_there(
    session: Session, field: Field, phone: FakePhone, how: str
):
    contact = the_contact(session, field)
    outlet, contact_id = contact.outlet_id, contact.id
    before = card(phone, outlet)
    sealed = raw(session, "contact", "phone", contact_id)
    broken = {
        "altered": lambda: flipped(sealed),
        "key missing": lambda: of_no_key(sealed),
        "swapped": lambda: of_another_column(session, contact_id),
    }[how]()
    put(session, "contact", "phone", contact_id, broken)

    after = card(phone, outlet)
    (shown,) = (one for one in after["contacts"] if one["id"] == contact_id)  # type: ignore[attr-defined]
    assert shown["phone"] == UNREADABLE
    assert shown["number"] is None
    assert {**shown, "phone": "", "number": ""} == next(
        {**one, "phone": "", "number": ""}
        for one in before["contacts"]  # type: ignore[attr-defined]
        if one["id"] == contact_id
    )
    assert after["name"] == before["name"]

    for _ in range(3):
        card(phone, outlet)
    (alert,) = session.scalars(sa.select(Alert).where(Alert.kind == "sealed.unreadable"))
    assert (alert.severity, alert.detail) == ("alarm", {"column": "contact.phone", "row": str(contact_id)})
    entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.deed == "sealed.unreadable")).all()
    assert len(entries) == 1


def test_a_value_that_does_not_open_leaves_the_list_and_the_file_readable(
    app: Flask, session: Session, field: Field
):
    contact = the_contact(session, field)
    code = session.get_one(Outlet, contact.outlet_id).code
    put(session, "contact", "name", contact.id, flipped(raw(session, "contact", "name", contact.id)))
    asker, manager, keeper = desk(app, field.supervisor), desk(app, field.manager), desk(app, field.custodian)
    export = asker.ask(fields=NUMBERS)
    assert manager.sign(export).status == 200
    assert keeper.sign(export).status == 200
    answer = asker.fetch(export)
    assert answer.status == 200
    lines = answer.data.decode("utf-8-sig").splitlines()
    (marked,) = (line for line in lines if UNREADABLE in line)
    assert code in marked
    assert len(lines) > 2


def test_what_was_not_readable_is_still_there_after_the_row_was_changed(session: Session, field: Field):
    contact = the_contact(session, field)
    broken = flipped(
        raw(session, "contact", "notes", contact.id) or raw(session, "contact", "name", contact.id)
    )
    put(session, "contact", "notes", contact.id, broken)
    session.expire_all()
    contact = the_contact(session, field)
    kept = OutletNote(
        outlet_id=contact.outlet_id, person_id=field.rep.id, noted_at=MORNING, text=contact.notes
    )
    session.add(kept)
    contact.role = "店长"
    session.commit()
    assert raw(session, "contact", "notes", contact.id) == broken
    assert raw(session, "outlet_note", "text", kept.id) == broken


def test_a_number_that_does_not_open_uses_up_no_opening(app: Flask, session: Session, field: Field):
    contact = the_contact(session, field)
    put(session, "contact", "phone", contact.id, flipped(raw(session, "contact", "phone", contact.id)))
    manager = at_desk(app, field.manager)
    body = {
        "reveal_id": "019a0000-0000-7000-8000-000000000001",
        "outlet_id": contact.outlet_id,
        "contact_id": contact.id,
        "reason": "other",
        "words": "核对",
        "at": MORNING.isoformat(),
        "fix": None,
    }
    answer = manager.request("POST", "/reveals", body)
    assert answer.status == 409, answer.data
    assert json.loads(answer.data)["code"] == "number_unreadable"
