"""POST /daybook/lease-key: the key of a lease is told once to one device, and kept nowhere on the server."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import AuditEntry, Device, LeaseKey
from server.services.daybook.leases import MOST_KEYS
from tests.server.fake_phone import Answer, ClientWire, FakePhone
from tests.server.field import PASSWORD, Field, build_field

# 08:00 on a Monday in Hong Kong; the shift's lease ends at 21:00.
MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    clock.start_at(MORNING)
    return build_field(session)


def lease(phone: FakePhone) -> dict[str, Any]:
    found: dict[str, Any] = phone.request("GET", "/daybook/manifest").json["lease"]
    return found


def ask(phone: FakePhone, lease_id: str, unlock: str = "pin") -> Answer:
    return phone.request("POST", "/daybook/lease-key", {"lease_id": lease_id, "unlock": unlock})


def test_a_device_is_given_the_key_of_its_lease_until_the_lease_ends(phone: FakePhone) -> None:
    lent = lease(phone)
    answer = ask(phone, lent["id"])
    assert answer.status == 200, answer.data
    assert len(base64.b64decode(answer.json["key"], validate=True)) == 32
    assert answer.json["lease_id"] == lent["id"]
    assert datetime.fromisoformat(answer.json["until"]) == datetime.fromisoformat(lent["until"])


def test_asking_again_makes_another_key_and_is_on_record(phone: FakePhone, session: Session) -> None:
    lent = lease(phone)
    keys = {ask(phone, lent["id"]).json["key"] for _ in range(3)}
    assert len(keys) == 3
    session.rollback()
    entries = session.scalars(
        sa.select(AuditEntry).where(AuditEntry.deed == "lease.key").order_by(AuditEntry.seq)
    )
    assert [(entry.subject, entry.detail["times"], entry.detail["unlock"]) for entry in entries] == [
        (f"device:{phone.device_id}", times, "pin") for times in (1, 2, 3)
    ]


def test_no_key_is_kept_in_any_column(phone: FakePhone, session: Session) -> None:
    key = ask(phone, lease(phone)["id"]).json["key"]
    spellings = {key, base64.b64decode(key).hex()}
    for table in sa.inspect(session.get_bind()).get_table_names():
        for row in session.execute(sa.text(f'select * from "{table}"')):
            kept = " ".join(str(value) for value in row)
            assert not any(spelling in kept for spelling in spellings), table


def test_a_lease_that_is_not_the_present_one_has_no_key(phone: FakePhone) -> None:
    lent = lease(phone)
    clock.start_at(MORNING + timedelta(hours=14))
    answer = ask(phone, lent["id"])
    assert (answer.status, answer.json["code"]) == (409, "lease_over")
    assert ask(phone, "x" * 20).json["code"] == "lease_over"


def test_a_sign_in_without_a_device_has_no_key(app: Flask, phone: FakePhone, field: Field) -> None:
    other = FakePhone(ClientWire(app.test_client()))
    other.request("POST", "/session", {"login": field.other_rep.login, "password": PASSWORD})
    answer = ask(other, lease(other)["id"])
    assert (answer.status, answer.json["code"]) == (409, "device_not_bound")


def test_a_device_that_was_taken_back_gets_no_key(phone: FakePhone, session: Session) -> None:
    lent = lease(phone)
    session.rollback()
    session.execute(sa.update(Device).values(revoked_at=MORNING))
    session.commit()
    answer = ask(phone, lent["id"])
    assert answer.status in (401, 409)
    assert "key" not in answer.json


def test_twenty_keys_of_one_lease_are_enough(phone: FakePhone) -> None:
    lent = lease(phone)
    assert [ask(phone, lent["id"]).status for _ in range(MOST_KEYS)] == [200] * MOST_KEYS
    answer = ask(phone, lent["id"])
    assert (answer.status, answer.json["code"]) == (429, "too_many")
    assert int(answer.headers["retry-after"]) > 0


def test_the_next_lease_forgets_that_the_last_one_had_a_key(phone: FakePhone, session: Session) -> None:
    ask(phone, lease(phone)["id"])
    clock.start_at(MORNING + timedelta(days=1))
    following = lease(phone)
    assert ask(phone, following["id"], "passkey").status == 200
    session.rollback()
    rows = session.scalars(sa.select(LeaseKey)).all()
    assert [(row.lease_id, row.unlock, row.times) for row in rows] == [(following["id"], "passkey", 1)]


@pytest.mark.parametrize(
    "body",
    [{}, {"lease_id": "a"}, {"lease_id": "", "unlock": "pin"}, {"lease_id": "a", "unlock": "face"},
     {"lease_id": 7, "unlock": "pin"}, {"lease_id": "a", "unlock": "pin", "key": "mine"}],
)  # fmt: skip
def test_what_is_no_question_for_a_key_is_refused_by_field(phone: FakePhone, body: dict[str, object]) -> None:
    answer = phone.request("POST", "/daybook/lease-key", body)
    assert (answer.status, answer.json["code"]) == (422, "invalid")
    assert answer.json["errors"][0]["field"]
