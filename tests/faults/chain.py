"""A company with a short audit chain, and what somebody with all rights on the database does to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.app import create_app
from server.config import Settings
from server.domain.audit import Checkpoint, Fault, canonical, digest_of, instant_text
from server.extensions import clock, db
from server.models import AuditEntry, Base
from server.services import audit, audit_state
from server.services.checkpoints import CheckpointKeeper
from server.services.transaction import deed
from tests.server.field import Field, build_field

BEGAN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ENTRIES = 12
SIGNED = 5
"""A checkpoint is written at this entry, and at the end."""


class Chain:
    """A company with a short chain, and what somebody with rights on the database does to it."""

    def __init__(self, app: Flask, field: Field) -> None:
        self.app, self.field = app, field
        self.keeper: CheckpointKeeper = app.extensions["checkpoints"]

    def grow(self, count: int) -> None:
        for number in range(count):
            note(number=number, outlet=self.field.outlets[number % 3], at=clock.now())

    def sign(self) -> Checkpoint:
        made = self.keeper.make(db.session(), now=clock.now())
        db.session.rollback()
        assert made is not None
        return made

    def attack(self, *statements: str, **values: object) -> None:
        """Raw SQL, past the server; what the database itself refuses is taken away first."""
        with db.engine.begin() as connection:
            connection.execution_options(routebook_write=True)
            for statement in statements:
                if values:
                    connection.execute(sa.text(statement), values)
                else:
                    connection.exec_driver_sql(statement)

    def verdict(self, *witnesses: Checkpoint) -> audit_state.Checked:
        found = audit_state.verify_now(db.session(), self.keeper, now=clock.now(), witnesses=witnesses)
        db.session.rollback()
        return found

    def fault(self, *witnesses: Checkpoint) -> Fault | None:
        return self.verdict(*witnesses).fault

    def entries(self) -> list[dict[str, Any]]:
        rows = db.session.execute(sa.select(AuditEntry.__table__).order_by(AuditEntry.seq)).mappings().all()
        db.session.rollback()
        return [dict(row) for row in rows]

    def rechain(self, start: int) -> None:
        """Compute every digest anew from an entry on, the chain's end too, as somebody would who knows the program."""
        previous = audit.GENESIS
        for row in self.entries():
            if row["seq"] >= start:
                words = (row["person_id"], row["deed"], row["subject"], canonical(row["detail"]))
                digest = digest_of(row["seq"], previous, instant_text(row["at"]), *words)
                self.attack(
                    "UPDATE audit_entry SET previous = :previous, digest = :digest WHERE seq = :seq",
                    seq=row["seq"],
                    previous=f"-{row['seq']}",
                    digest=digest,
                )
                self.attack(
                    "UPDATE audit_entry SET previous = :previous WHERE seq = :seq",
                    seq=row["seq"],
                    previous=previous,
                )
                previous = digest
            else:
                previous = row["digest"]
        self.attack("UPDATE audit_head SET digest = :digest", digest=previous)


@deed
def note(session: Session, *, number: int, outlet: int, at: datetime) -> None:
    audit.record(
        session,
        at=at,
        person_id=None,
        deed="visit.record",
        subject=f"visit:{number}",
        detail={"outlet": outlet, "数": number},
    )


@contextmanager
def grown_chain(database_url: str, folder: Path) -> Iterator[Chain]:
    """Twelve entries, signed after the fifth and at the end."""
    app = create_app(
        Settings(data=folder, database_url=database_url, secret_key="only for tests", testing=True)
    )
    clock.start_at(BEGAN)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        field = build_field(db.session())
        db.session.remove()
        made = Chain(app, field)
        made.grow(SIGNED)
        made.sign()
        made.grow(ENTRIES - SIGNED)
        made.sign()
        yield made
        db.session.remove()
        db.engine.dispose()
    clock.start_at(None)
    clock.doubt = ""
