"""Migration 0002 with rows in the tables: what stood there in the clear is sealed, reads the same, and goes back."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from server import create_app
from server.config import Settings
from server.extensions import db
from server.services import keys, resealing

NUMBER = "13900001111"
NAME = "陈美玲 Canary"
NOTE = "喜欢早上 canary-note"
AT = datetime(2026, 11, 23, tzinfo=UTC)
ROWS = 2_345


@pytest.fixture
def before(empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A database as it was before anything was sealed, with rows."""
    settings = Settings(data=tmp_path, database_url=empty_database_url, secret_key="x", testing=True)
    app = create_app(settings)
    with app.app_context():
        upgrade(revision="0001")
        with db.engine.begin() as connection:
            fill(connection)
        yield app
        db.session.remove()
        db.engine.dispose()


def fill(connection: sa.Connection) -> None:
    tables = sa.MetaData()
    tables.reflect(connection)
    t = tables.tables

    def add(name: str, *rows: dict[str, Any]) -> None:
        connection.execute(t[name].insert(), list(rows))

    device, visit, proposal, operation = (uuid.uuid4().hex for _ in range(4))
    if connection.dialect.name == "postgresql":
        device, visit, proposal, operation = (
            str(uuid.UUID(one)) for one in (device, visit, proposal, operation)
        )
    person = {"id": 1, "login": "rep", "name": "Rep", "name_en": "", "password_hash": "x", "locale": "en"}
    add("person", {**person, "status": "active", "created_at": AT})
    add(
        "device",
        {
            "id": device,
            "person_id": 1,
            "label": "",
            "created_at": AT,
            "last_seen_at": AT,
            "contiguous_seq": 0,
            "highest_seq": 0,
            "lost": [],
            "telemetry": {},
        },
    )
    outlet = {"name": "Shop", "name_en": "", "name_skeleton": "shop", "chain": "", "outlet_class": "C"}
    outlet |= {"channel": "", "address": "", "position_source": "import", "hours": [], "status": "active"}
    add("outlet", {**outlet, "id": 1, "code": "A", "card_version": 1, "created_at": AT})
    contact = {"outlet_id": 1, "name": NAME, "role": "owner", "phone": NUMBER, "phone_e164": f"+86{NUMBER}"}
    add(
        "contact",
        *(
            {**contact, "id": n, "preferences": "", "notes": NOTE if n % 2 else "", "position": 0}
            for n in range(1, ROWS + 1)
        ),
    )
    add("outlet_note", {"id": 1, "outlet_id": 1, "person_id": 1, "noted_at": AT, "text": NOTE})
    near = {"outlet_class": "C", "channel": "", "near_duplicates": [], "status": "open", "decision_note": ""}
    add(
        "outlet_proposal",
        {
            **near,
            "id": proposal,
            "person_id": 1,
            "proposed_at": AT,
            "name": "New",
            "address": "",
            "contact_name": NAME,
            "contact_phone": NUMBER,
            "note": NOTE,
        },
    )
    add(
        "visit",
        {
            "id": visit,
            "outlet_id": 1,
            "proposal_id": proposal,
            "person_id": 1,
            "device_id": device,
            "operation_id": operation,
            "day": AT.date(),
            "planned": True,
            "unplanned_reason": "",
            "checked_in_at": AT,
            "checked_out_at": AT,
            "outcome_note": NOTE,
            "next_visit_shown": False,
            "flags": [],
        },
    )
    for step in ("greet", "thank"):
        add(
            "visit_step",
            {
                "visit_id": visit,
                "step": step,
                "state": "done",
                "reason": "",
                "note": NOTE if step == "greet" else "",
            },
        )
    batch = {"kind": "outlets", "file_name": "a.csv", "crs": "wgs84", "headings": ["phone"], "mapping": {}}
    batch |= {"state": "staged", "rows": 1, "good": 1, "faulty": 0, "duplicates": 0, "accepted": 0}
    add("import_batch", {**batch, "id": 1, "created_at": AT})
    values = {"name": "Shop", "contact_phone": NUMBER, "contact_name": NAME, "note": NOTE, "frequency": 4}
    row = {"import_id": 1, "state": "good", "faults": [], "duplicate_of": ""}
    add("import_row", {**row, "row": 2, "cells": [NUMBER, NAME], "values": values})
    add("import_row", {**row, "row": 3, "cells": ["", ""], "values": {"name": "Bare"}})
    kept = {"device_id": device, "person_id": 1, "seq": 1, "kind": "outlet.note", "schema": 1}
    kept |= {"captured_at": AT, "received_at": AT, "body": NUMBER.encode(), "body_sha256": "0" * 64}
    settled = {"state": "applied", "code": "", "detail": "", "failures": 0, "decision_note": ""}
    add("operation", {**kept, **settled, "id": operation})


def ask(statement: str) -> list[tuple[Any, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """What the people's columns hold, as the database itself has it."""
    asked = {
        "contact": "SELECT id, name, phone, phone_e164, preferences, notes FROM contact ORDER BY id",
        "outlet_note": "SELECT id, text FROM outlet_note",
        "outlet_proposal": "SELECT contact_name, contact_phone, note FROM outlet_proposal",
        "visit": "SELECT outcome_note FROM visit",
        "visit_step": "SELECT step, note FROM visit_step ORDER BY step",
        "import_row": 'SELECT row, cells, "values" FROM import_row ORDER BY row',
        "operation": "SELECT body FROM operation",
    }
    return {name: ask(statement) for name, statement in asked.items()}


def test_rows_are_sealed_read_the_same_and_go_back(before: Flask) -> None:
    clear = everything()
    upgrade(revision="0002")
    sealed = everything()
    assert NUMBER not in repr(sealed)
    assert "canary" not in repr(sealed).lower()
    ring = keys.ring()
    contacts = sealed["contact"]
    assert len(contacts) == ROWS
    assert [ring.unseal(bytes(row[2]), "contact.phone").decode() for row in contacts] == [NUMBER] * ROWS
    assert len({bytes(row[2]) for row in contacts}) == ROWS, "no two sealed values are alike"
    assert ask("SELECT DISTINCT phone_index FROM contact") == [(ring.blind(f"+86{NUMBER}", "phone"),)]
    assert ring.unseal(bytes(sealed["operation"][0][0]), "operation.body") == NUMBER.encode()
    downgrade(revision="0001")
    assert normal(everything()) == normal(clear)


def normal(found: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """JSON as text (SQLite) says the same whatever its spacing and order."""
    return {name: [tuple(map(_plain, row)) for row in some] for name, some in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, memoryview | bytes):
        return bytes(value)
    if isinstance(value, str) and value[:1] in ("[", "{"):
        return json.loads(value)
    return value


def test_all_migrations_go_up_and_down_with_rows(before: Flask) -> None:
    clear = everything()
    upgrade()
    downgrade(revision="0001")
    assert normal(everything()) == normal(clear)


def test_after_the_first_sealing_the_files_hold_nothing_in_the_clear(before: Flask, tmp_path: Path) -> None:
    upgrade(revision="0002")
    resealing.scrub()
    if db.engine.dialect.name != "sqlite":
        assert ask("SELECT count(*) FROM contact") == [(ROWS,)]
        return
    for file in tmp_path.glob("routebook.sqlite3*"):
        content = file.read_bytes()
        assert NUMBER.encode() not in content, file.name
        assert NOTE.encode() not in content, file.name
