"""Operations that phones seal: opened for what they are, kept when they do not open, and never in the clear at rest.
And what of a number a phone is lent."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.domain.keyring import rotated, without
from server.extensions import clock
from server.models import Contact, Device, Operation, Outlet, OutletNote
from tests.server.fake_phone import ClientWire, FakePhone, seal_body
from tests.server.field import Field, build_field

TEXT = "老板想要冰柜"


@pytest.fixture
def field(session: Session) -> Field:
    made = build_field(session)
    session.rollback()
    return made


def inbox_key(phone: FakePhone) -> dict[str, str]:
    key: dict[str, str] = phone.request("GET", "/session").json["inbox_key"]
    return key


def note(field: Field) -> dict[str, Any]:
    return {"outlet_id": field.outlets[0], "at": "2026-11-23T01:00:00Z", "text": TEXT}


def notes(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(sa.select(OutletNote.text)))


def test_session_and_manifest_give_the_same_key_and_its_point(phone: FakePhone) -> None:
    key = inbox_key(phone)
    assert phone.request("GET", "/daybook/manifest").json["inbox_key"] == key
    point = base64.b64decode(key["public"], validate=True)
    assert (len(point), point[0]) == (65, 4)


def test_a_sealed_operation_is_applied_like_an_open_one(
    phone: FakePhone, field: Field, session: Session
) -> None:
    phone.save("outlet.note", note(field), inbox_key=inbox_key(phone))
    phone.save("outlet.note", note(field))
    assert [one["status"] for one in phone.push()["results"]] == ["applied", "applied"]
    assert notes(session) == [TEXT, TEXT]


def test_sent_again_it_is_a_duplicate(phone: FakePhone, field: Field, session: Session) -> None:
    phone.save("outlet.note", note(field), inbox_key=inbox_key(phone))
    envelope = phone.envelope()
    first, second = phone.send(envelope).json, phone.send(envelope).json
    assert [first["results"][0]["status"], second["results"][0]["status"]] == ["applied", "duplicate"]
    assert notes(session) == [TEXT]


def test_what_was_sealed_before_the_key_changed_still_opens(
    app: Flask, phone: FakePhone, field: Field, session: Session
) -> None:
    old = inbox_key(phone)
    phone.save("outlet.note", note(field), inbox_key=old)
    # The ring is the application's: a test before may have lived later than this one.
    made = app.extensions["keyring"].ring.current("inbox").created_at
    clock.start_at(max(made, clock.now()) + timedelta(days=31))
    phone.sign_in(field.rep)
    assert inbox_key(phone)["id"] != old["id"]
    assert phone.push()["results"][0]["status"] == "applied"
    assert notes(session) == [TEXT]


Spoil = Callable[[dict[str, Any], FakePhone, dict[str, str]], None]


def altered(operation: dict[str, Any], phone: FakePhone, key: dict[str, str]) -> None:
    body = bytearray(base64.b64decode(operation["body"]))
    body[-1] ^= 1
    operation["body"] = base64.b64encode(bytes(body)).decode()


def unknown_key(operation: dict[str, Any], phone: FakePhone, key: dict[str, str]) -> None:
    operation["key"] = "inbox-00000000"


def of_another_purpose(operation: dict[str, Any], phone: FakePhone, key: dict[str, str]) -> None:
    operation["key"] = "field-00000000"


def as_another_kind(operation: dict[str, Any], phone: FakePhone, key: dict[str, str]) -> None:
    operation["kind"] = "promise.keep"


def under_another_id(operation: dict[str, Any], phone: FakePhone, key: dict[str, str]) -> None:
    operation["id"] = str(uuid.uuid4())


def by_another_device(operation: dict[str, Any], phone: FakePhone, key: dict[str, str]) -> None:
    plain = {**operation, "body": base64.b64encode(b"x" * 40).decode()}
    operation["body"] = seal_body(plain, str(uuid.uuid4()), key["public"])


def nothing_in_it(operation: dict[str, Any], phone: FakePhone, key: dict[str, str]) -> None:
    operation["body"] = ""


@pytest.mark.parametrize(
    "spoil",
    [
        altered,
        unknown_key,
        of_another_purpose,
        as_another_kind,
        under_another_id,
        by_another_device,
        nothing_in_it,
    ],
)
def test_what_does_not_open_is_kept_and_holds_nothing_up(
    phone: FakePhone, field: Field, session: Session, spoil: Spoil
) -> None:
    key = inbox_key(phone)
    phone.save("outlet.note", note(field), inbox_key=key)
    spoil(phone.queue[0], phone, key)
    sent = base64.b64decode(phone.queue[0]["body"])
    phone.save("outlet.note", note(field), inbox_key=key)
    results = phone.push()["results"]
    assert [(one["status"], one["code"]) for one in results] == [
        ("quarantined", "not_opened"),
        ("applied", ""),
    ]
    assert notes(session) == [TEXT]
    kept = session.scalars(sa.select(Operation).where(Operation.state == "quarantined")).one()
    assert kept.body == sent


def test_a_replay_opens_what_had_no_key_once_the_ring_has_it(
    app: Flask, phone: FakePhone, field: Field, session: Session
) -> None:
    """A server that was restored with an older ring gets the newer one back."""
    key = inbox_key(phone)
    phone.save("outlet.note", note(field), inbox_key=key)
    operation_id = phone.queue[0]["id"]
    keeper = app.extensions["keyring"]
    whole, path = keeper.ring, keeper.path
    keeper.path, keeper.ring = None, rotated(whole, "inbox", clock.now())
    keeper.ring = without(keeper.ring, key["id"])
    try:
        assert phone.push()["results"][0]["code"] == "not_opened"
    finally:
        keeper.path, keeper.ring = path, whole
    desk = FakePhone(ClientWire(app.test_client()))
    desk.sign_in(field.supervisor)
    (listed,) = desk.request("GET", "/operations/quarantined").json["operations"]
    assert listed["body"] == note(field), "shown as soon as it opens"
    decided = desk.request("POST", f"/operations/{operation_id}/decide", {"decision": "replay", "note": ""})
    assert decided.json["state"] == "applied"
    assert notes(session) == [TEXT]


def test_no_content_stands_in_the_database_in_the_clear(
    phone: FakePhone, field: Field, session: Session
) -> None:
    for key in (inbox_key(phone), None):
        phone.save("outlet.note", note(field), inbox_key=key)
        packed = base64.b64decode(phone.queue[-1]["body"])
        phone.push()
        (stored,) = session.execute(sa.text("SELECT body FROM operation ORDER BY seq DESC LIMIT 1")).one()
        assert packed not in bytes(stored)
        session.rollback()
    (text,) = session.execute(sa.text("SELECT text FROM outlet_note LIMIT 1")).one()
    assert TEXT.encode() not in bytes(text)


# --- numbers on cards ----------------------------------------------------------------------------------------------


def unlocked_by(session: Session, phone: FakePhone, unlock: str) -> None:
    session.execute(sa.update(Device).where(Device.id == uuid.UUID(phone.device_id)).values(unlock=unlock))
    session.commit()


def contact_of(phone: FakePhone, outlet: int) -> dict[str, Any]:
    (card,) = phone.request("GET", f"/daybook/pages?cards={outlet}").json["cards"]
    (contact,) = card["contacts"]
    found: dict[str, Any] = contact
    return found


@pytest.mark.parametrize("unlock", ["", "pin"])
def test_without_a_passkey_a_card_has_the_mask_only(
    phone: FakePhone, field: Field, session: Session, unlock: str
) -> None:
    unlocked_by(session, phone, unlock)
    outlet = phone.request("GET", "/daybook/manifest").json["cards"][0][0]
    contact = contact_of(phone, outlet)
    assert contact["number"] is None
    assert contact["phone"].startswith("****")


def test_a_passkey_phone_is_lent_the_number_and_pulls_anew_when_its_lock_changes(
    phone: FakePhone, field: Field, session: Session
) -> None:
    before = phone.request("GET", "/daybook/manifest").json
    outlet = before["cards"][0][0]
    (number,) = session.scalars(sa.select(Contact.phone).where(Contact.outlet_id == outlet))
    session.rollback()
    unlocked_by(session, phone, "passkey")
    after = phone.request("GET", "/daybook/manifest").json
    assert contact_of(phone, outlet)["number"] == number
    assert after["lease"]["id"] != before["lease"]["id"]
    assert not {tuple(one) for one in before["cards"]} & {tuple(one) for one in after["cards"]}
    (card,) = phone.request("GET", f"/daybook/pages?cards={outlet}").json["cards"]
    assert dict(map(tuple, after["cards"]))[outlet] == card["version"]


def test_a_top_secret_outlet_lends_no_number(phone: FakePhone, field: Field, session: Session) -> None:
    unlocked_by(session, phone, "passkey")
    outlet = phone.request("GET", "/daybook/manifest").json["cards"][0][0]
    assert contact_of(phone, outlet)["number"] is not None
    session.execute(sa.update(Outlet).where(Outlet.id == outlet).values(secrecy="top_secret"))
    session.commit()
    answer = phone.request("GET", f"/daybook/pages?cards={outlet}").json["cards"]
    assert all(contact["number"] is None for card in answer for contact in card["contacts"])


def test_a_device_that_was_taken_back_is_lent_no_number(
    phone: FakePhone, field: Field, session: Session
) -> None:
    unlocked_by(session, phone, "passkey")
    outlet = phone.request("GET", "/daybook/manifest").json["cards"][0][0]
    session.execute(sa.update(Device).values(revoked_at=clock.now()))
    session.commit()
    answer = phone.request("GET", f"/daybook/pages?cards={outlet}")
    cards = answer.json.get("cards", []) if answer.status == 200 else []
    assert all(contact["number"] is None for card in cards for contact in card["contacts"])
