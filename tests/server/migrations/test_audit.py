"""Migration 0004 with rows in the tables: the chain stays as it was hashed, and its entries can be searched."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from server import create_app
from server.config import Settings
from server.domain.audit import GENESIS, canonical, digest_of, instant_text
from server.extensions import clock, db
from server.models import Company
from server.services import audit, audit_state

AT = datetime(2026, 11, 23, 1, 2, 3, 456_000, tzinfo=UTC)
DEVICE = str(uuid.UUID(int=7))
# More than the migration reads at once.
ENTRIES = 1_203
SUBJECTS = (
    ("visit:x", {"outlet": 17, "counts": 3, "语": "中"}, (17, None)),
    ("outlet:18", {}, (18, None)),
    (f"device:{DEVICE}", {}, (None, DEVICE)),
    ("person:1", {"device": DEVICE, "b": 1, "a": [2]}, (None, DEVICE)),
    ("company:1", {}, (None, None)),
)


@pytest.fixture
def before(empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """A database as it was before 0004, with a chain whose details are spelled as they were then."""
    app = create_app(Settings(data=tmp_path, database_url=empty_database_url, secret_key="x", testing=True))
    with app.app_context():
        upgrade(revision="0003")
        with db.engine.begin() as connection:
            fill(connection)
        yield app
        db.session.remove()
        db.engine.dispose()


def fill(connection: sa.Connection) -> None:
    company = sa.Table("company", sa.MetaData(), autoload_with=connection)
    entry = sa.table(
        "audit_entry",
        *(sa.column(name) for name in ("seq", "previous", "digest", "person_id", "deed", "subject")),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("detail", sa.JSON),
    )
    one = {"id": 1, "name": "试", "name_en": "", "timezone": "Asia/Hong_Kong", "currency": "HKD", "demo": ""}
    epoch = uuid.uuid4() if connection.dialect.name == "postgresql" else uuid.uuid4().hex
    one |= {"epoch": epoch, "cycle_anchor": AT.date(), "suggestion_factor": 1500, "catalogue_version": 1}
    connection.execute(company.insert(), one)
    rows, previous = [], GENESIS
    for seq in range(1, ENTRIES + 1):
        subject, detail, _ = SUBJECTS[seq % len(SUBJECTS)]
        at = AT + timedelta(seconds=seq)
        digest = digest_of(seq, previous, instant_text(at), 1, "x.y", subject, canonical(detail))
        rows.append(
            {
                "seq": seq,
                "previous": previous,
                "digest": digest,
                "at": at.replace(tzinfo=None) if connection.dialect.name == "sqlite" else at,
                "person_id": 1,
                "deed": "x.y",
                "subject": subject,
                "detail": detail,
            }
        )
        previous = digest
    connection.execute(entry.insert(), rows)
    connection.execute(
        sa.text("INSERT INTO audit_head (id, seq, digest) VALUES (1, :seq, :digest)"),
        {"seq": ENTRIES, "digest": previous},
    )


def searched(connection: sa.Connection) -> list[tuple[object, object]]:
    rows = connection.execute(sa.text("SELECT outlet_id, device FROM audit_entry ORDER BY seq"))
    return [(row[0], row[1]) for row in rows]


def test_the_entries_of_before_are_whole_and_can_be_searched(before: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        assert searched(connection) == [SUBJECTS[seq % len(SUBJECTS)][2] for seq in range(1, ENTRIES + 1)]
    keeper = before.extensions["checkpoints"]
    keeper.make(db.session(), now=clock.now())
    db.session.remove()
    found = audit_state.verify_now(db.session(), keeper, now=clock.now())
    assert (found.fault, found.entries, found.proven) == (None, ENTRIES, ENTRIES)


def test_the_chain_goes_on_where_it_was_and_the_company_has_its_quota(before: Flask) -> None:
    upgrade()
    assert db.session.execute(sa.select(Company.reveals_per_day, Company.reveals_per_outlet)).one() == (30, 3)
    db.session.rollback()
    later = AT + timedelta(hours=1)
    seq = audit.record(db.session(), at=later, person_id=1, deed="x.y", subject="outlet:3")
    db.session.commit()
    assert seq == ENTRIES + 1
    found = audit_state.verify_now(db.session(), before.extensions["checkpoints"], now=later)
    assert (found.fault, found.entries) == (None, ENTRIES + 1)


def test_going_back_keeps_the_chain(before: Flask) -> None:
    with db.engine.connect() as connection:
        was = connection.execute(sa.text("SELECT seq, digest FROM audit_entry ORDER BY seq")).all()
    upgrade()
    downgrade(revision="0003")
    with db.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT seq, digest FROM audit_entry ORDER BY seq")).all() == was
        assert "outlet_id" not in {one["name"] for one in sa.inspect(connection).get_columns("audit_entry")}
    upgrade()
