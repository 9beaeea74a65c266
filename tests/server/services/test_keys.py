"""The key ring at work: made once, kept apart, noticed when it is lost, rotated beside the running server."""

from __future__ import annotations

import base64
import logging
import shutil
import stat
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from server import create_app
from server.config import Settings
from server.domain.keyring import new_ring, rotated, write_ring
from server.domain.operations import Unacceptable
from server.domain.sealing import operation_info, seal_for_inbox
from server.extensions import clock, db
from server.keyring import Keeper, RingUnusable
from server.models import Contact, Operation, Outlet, OutletNote, RingKey
from server.services import keys, resealing
from tests.server.conftest import OutsideClient
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import BEGAN, build_field

NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
NUMBER = "13812341234"


def settings(folder: Path, url: str, **more: object) -> Settings:
    return Settings(data=folder, database_url=url, secret_key="only for tests", testing=True, **more)  # type: ignore[arg-type]


def stop(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def own_app(empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application with a database and a ring of its own, migrated."""
    app = create_app(settings(tmp_path / "data", empty_database_url, clock=NOW))
    app.test_client_class = OutsideClient
    with app.app_context():
        upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()
    clock.start_at(None)


# --- the file ------------------------------------------------------------------------------------------------------


def test_a_ring_is_made_on_the_first_start_for_its_owner_only(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path, f"sqlite:///{tmp_path / 'db.sqlite3'}"))
    file = tmp_path / "keys" / "keyring.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    stop(app)
    before = file.read_text()
    again = create_app(settings(tmp_path, f"sqlite:///{tmp_path / 'db.sqlite3'}"))
    assert again.extensions["keyring"].ring == app.extensions["keyring"].ring
    assert file.read_text() == before
    stop(again)


def test_a_ring_may_lie_elsewhere_or_come_by_the_environment(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    elsewhere = tmp_path / "safe" / "ring.json"
    app = create_app(settings(tmp_path / "a", url, keyring=elsewhere))
    assert elsewhere.is_file()
    assert not (tmp_path / "a" / "keys").exists()
    given = create_app(settings(tmp_path / "b", url, keyring_json=elsewhere.read_text()))
    assert given.extensions["keyring"].ring == app.extensions["keyring"].ring
    assert not (tmp_path / "b" / "keys").exists()
    with pytest.raises(RingUnusable, match="can only be changed where that is set"), given.app_context():
        keys.make_key("field", NOW)
    stop(app)
    stop(given)


def test_a_change_reaches_the_other_processes_and_loses_no_key(tmp_path: Path) -> None:
    one = Keeper.new_file(tmp_path / "ring.json", NOW)
    other = Keeper.of_file(tmp_path / "ring.json")
    one.change(lambda ring: rotated(ring, "field", NOW))
    other.change(lambda ring: rotated(ring, "inbox", NOW))
    one.refresh()
    assert one.ring == other.ring
    assert len(one.ring.keys) == 6


def test_a_disk_that_is_away_for_a_moment_leaves_the_ring_as_it_is(tmp_path: Path) -> None:
    keeper = Keeper.new_file(tmp_path / "ring.json", NOW)
    before = keeper.ring
    (tmp_path / "ring.json").rename(tmp_path / "away.json")
    keeper.refresh()
    assert keeper.ring == before


# --- lost and wrong ------------------------------------------------------------------------------------------------


def start_again(app: Flask) -> Flask:
    return create_app(settings(app.config["SETTINGS"].data, app.config["SETTINGS"].database_url))


def test_a_lost_ring_stops_the_start_with_one_sentence_and_makes_no_other(own_app: Flask) -> None:
    file = own_app.extensions["keyring"].path
    file.unlink()
    with pytest.raises(RingUnusable) as told:
        start_again(own_app)
    assert str(told.value).count(".") <= 3
    assert "restore the ring from its backup" in str(told.value)
    assert not file.exists(), "a new ring beside a sealed database would look as if all were well"


def test_another_ring_stops_the_start(own_app: Flask) -> None:
    own_app.extensions["keyring"].path.write_text(write_ring(new_ring(NOW)))
    with pytest.raises(RingUnusable, match="restore the ring that belongs to this database"):
        start_again(own_app)


def test_a_ring_whose_key_was_altered_under_its_id_stops_the_start(own_app: Flask) -> None:
    file = own_app.extensions["keyring"].path
    other = new_ring(NOW).current("field")
    ring = own_app.extensions["keyring"].ring
    text = file.read_text()
    file.write_text(text.replace(_base64(ring.current("field").secret), _base64(other.secret)))
    with pytest.raises(RingUnusable, match="restore the ring that belongs"):
        start_again(own_app)


def _base64(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


@pytest.mark.parametrize("text", ["", "{", '{"form": 1, "keys": []}'])
def test_a_broken_ring_stops_the_start(own_app: Flask, text: str) -> None:
    own_app.extensions["keyring"].path.write_text(text)
    with pytest.raises(RingUnusable, match="restore it from its backup"):
        start_again(own_app)


def test_the_ring_that_belongs_to_it_starts(own_app: Flask) -> None:
    stop(start_again(own_app))


# --- the inbox key -------------------------------------------------------------------------------------------------


def test_the_inbox_key_is_another_one_after_thirty_days_and_says_so(
    own_app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    first = keys.inbox_key(NOW)
    assert keys.inbox_key(NOW + timedelta(days=29)) == first
    with caplog.at_level(logging.INFO, "routebook.keys"):
        second = keys.inbox_key(NOW + timedelta(days=31))
    assert second["id"] != first["id"]
    assert keys.inbox_key(NOW + timedelta(days=31)) == second
    assert second["public"] not in caplog.text


def sealed(key_id: str, kind: str = "outlet.note") -> tuple[dict[str, object], bytes]:
    named: dict[str, object] = {
        "operation_id": uuid.uuid4(),
        "device_id": uuid.uuid4(),
        "kind": kind,
        "schema": 1,
    }
    key = keys.ring().find(key_id)
    assert key is not None
    return named, seal_for_inbox(key.public, b"packed", operation_info(*named.values()))  # type: ignore[arg-type]


def test_what_was_sealed_before_a_rotation_still_opens(own_app: Flask) -> None:
    first = keys.inbox_key(NOW)["id"]
    named, body = sealed(first)
    keys.inbox_key(NOW + timedelta(days=31))
    assert keys.open_operation(first, body, **named) == b"packed"  # type: ignore[arg-type]


def test_a_key_that_another_process_made_is_found(own_app: Flask) -> None:
    beside = Keeper.of_file(own_app.extensions["keyring"].path)
    key = beside.change(lambda ring: rotated(ring, "inbox", NOW)).current("inbox")
    named = {"operation_id": uuid.uuid4(), "device_id": uuid.uuid4(), "kind": "x", "schema": 1}
    body = seal_for_inbox(key.public, b"packed", operation_info(*named.values()))  # type: ignore[arg-type]
    assert keys.open_operation(key.id, body, **named) == b"packed"  # type: ignore[arg-type]


# --- sealing anew --------------------------------------------------------------------------------------------------


def filled(session: Session) -> int:
    field = build_field(session)
    contact = session.scalars(sa.select(Contact).order_by(Contact.id)).first()
    assert contact is not None
    contact.phone, contact.phone_e164 = NUMBER, f"+86{NUMBER}"
    session.add(OutletNote(outlet_id=field.outlets[0], person_id=field.rep.id, noted_at=BEGAN, text="常来"))
    session.commit()
    return contact.id


def raw(session: Session, column: str, table: str) -> list[bytes]:
    return [bytes(value) for (value,) in session.execute(sa.text(f"SELECT {column} FROM {table}"))]


def test_after_a_rotation_everything_is_sealed_anew_and_reads_the_same(own_app: Flask) -> None:
    session = db.session()
    contact_id = filled(session)
    count = len(raw(session, "phone", "contact"))
    before = keys.ring().current("field")
    resealing.rotate("field", now=NOW)
    assert not any(keys.ring().seals_with(value) for value in raw(session, "phone", "contact"))
    session.rollback()
    done = {progress.column: progress.done for progress in resealing.reseal(now=NOW)}
    assert done["contact.phone"] == count
    for column, table in (("phone", "contact"), ("name", "contact"), ("text", "outlet_note")):
        assert all(keys.ring().seals_with(value) for value in raw(session, column, table))
    again = session.get_one(Contact, contact_id, populate_existing=True)
    assert (again.phone, again.phone_e164) == (NUMBER, f"+86{NUMBER}")
    assert keys.ring().find(before.id).state == "retired"  # type: ignore[union-attr]
    session.rollback()
    assert sum(progress.done for progress in resealing.reseal(now=NOW)) == 0
    noted = session.scalars(sa.select(RingKey.id).where(RingKey.purpose == "field")).all()
    assert set(noted) == {before.id, keys.ring().current("field").id}


def test_a_server_that_runs_on_reads_what_another_process_sealed_anew(own_app: Flask) -> None:
    session = db.session()
    contact_id = filled(session)
    beside = start_again(own_app)
    with beside.app_context():
        resealing.rotate("field", now=NOW)
        list(resealing.reseal(now=NOW))
    stop(beside)
    assert session.get_one(Contact, contact_id, populate_existing=True).phone == NUMBER


def test_an_inbox_key_that_ended_is_gone_and_what_it_sealed_is_not(own_app: Flask) -> None:
    session = db.session()
    field = build_field(session)
    session.rollback()
    phone = FakePhone(ClientWire(own_app.test_client()))
    phone.sign_in(field.rep)
    key = phone.request("GET", "/session").json["inbox_key"]
    body = {"outlet_id": field.outlets[0], "at": "2026-11-23T00:00:00Z", "text": "sealed by a phone"}
    operation_id = phone.save("outlet.note", body, inbox_key=key)
    assert phone.push()["results"][0]["status"] == "applied"
    later = NOW + timedelta(days=500)
    keys.inbox_key(later)
    list(resealing.reseal(now=later))
    assert keys.ring().find(key["id"]) is None
    row = session.get_one(Operation, uuid.UUID(operation_id))
    assert row.key_id is None
    assert b"sealed by a phone" not in row.body, "packed"
    session.rollback()
    named, sealed_late = {"operation_id": row.id, "device_id": row.device_id}, b"x" * 90
    with pytest.raises(Unacceptable, match="not_opened"):
        keys.open_operation(key["id"], sealed_late, kind="outlet.note", schema=1, **named)


# --- search --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [NUMBER, "+86 138 1234 1234", "138-1234-1234", "+8613812341234"])
def test_a_store_is_found_by_a_contacts_number_however_it_is_typed(
    app: Flask, session: Session, typed: str
) -> None:
    field = build_field(session)
    contact = session.scalars(sa.select(Contact).where(Contact.outlet_id == field.outlets[1])).one()
    contact.phone, contact.phone_e164 = "138 1234 1234", f"+86{NUMBER}"
    session.execute(sa.text("UPDATE company SET timezone = 'Asia/Shanghai'"))
    session.commit()
    desk = FakePhone(ClientWire(app.test_client()))
    desk.sign_in(field.custodian)
    answer = desk.request("POST", "/outlets/by-number", {"number": typed})
    assert [one["outlet"]["id"] for one in answer.json] == [field.outlets[1]]
    assert b"1234" not in answer.data.replace(str(field.outlets[1]).encode(), b"")


def test_what_is_no_number_and_what_nobody_has(app: Flask, session: Session) -> None:
    field = build_field(session)
    desk = FakePhone(ClientWire(app.test_client()))
    desk.sign_in(field.custodian)
    assert desk.request("POST", "/outlets/by-number", {"number": "+8613900000000"}).json == []
    refused = desk.request("POST", "/outlets/by-number", {"number": "老板"})
    assert (refused.status, refused.json["errors"][0]["rule"]) == (422, "no_phone_number")


def test_the_database_compares_indexes_and_holds_no_number(app: Flask, session: Session) -> None:
    build_field(session)
    outlet = session.scalars(sa.select(Outlet)).first()
    assert outlet is not None
    session.add(Contact(outlet_id=outlet.id, name="x", phone=NUMBER, phone_e164=f"+86{NUMBER}"))
    session.commit()
    (index,) = session.execute(sa.text("SELECT phone_index FROM contact WHERE phone_index <> ''")).one()
    with app.app_context():
        assert index == keys.ring().blind(f"+86{NUMBER}", "phone")
    assert session.scalars(sa.select(Contact.id).where(Contact.phone_index == f"+86{NUMBER}")).all()


def test_a_copy_of_the_folder_without_the_ring_opens_nothing(own_app: Flask, tmp_path: Path) -> None:
    """What a thief of the database has."""
    filled(db.session())
    db.session.remove()
    stolen = tmp_path / "stolen"
    shutil.copytree(own_app.config["SETTINGS"].data, stolen, ignore=shutil.ignore_patterns("keys"))
    with pytest.raises(RingUnusable):
        create_app(settings(stolen, own_app.config["SETTINGS"].database_url))
