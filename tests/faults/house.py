"""A real server with a small company in a database of its own, for tests that kill, cut, lock and fill.

    house.phone(house.field.rep)        a phone that is signed in, over HTTP to the real process
    house.ask("SELECT …")               what the database itself says, past the server
    house.assert_once(phone, ids)       one effect, one audit entry and one receipt for each operation

The company is founded once a kind of database; every house begins as a copy of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from argon2 import PasswordHasher
from flask_migrate import upgrade
from sqlalchemy.orm import Session

from server.app import create_app
from server.config import Settings
from server.extensions import as_postgres_url, db
from server.keyring import FILE, Keeper
from server.models import Assignment, AuditEntry, Operation, Outlet, Person, Route, Stop, Territory, Visit
from server.models.sealed import use_keys
from server.services.audit import GENESIS, entry_digest
from tests.postgres import Postgres
from tests.server.fake_phone import FakePhone, HttpWire
from tests.server.field import ANCHOR, BEGAN, PASSWORD, Field, Who, build_field
from tests.server_process import ROOT, ServerProcess

PATIENCE_S = 30.0
SQLITE_FILE = "routebook.sqlite3"


@dataclass(frozen=True)
class Company:
    """A founded company in a database that is copied: `source` a file (SQLite) or a database's name (PostgreSQL).

    `dst_outlets` lie in a territory of New York, whose clocks change, on a route of `field.far_rep`. `keys` is the
    folder of the ring that the database is sealed with.
    """

    kind: str
    source: str
    field: Field
    dst_outlets: tuple[int, ...]
    keys: Path
    postgres: Postgres | None = None


def found(kind: str, folder: Path, postgres: Postgres | None) -> Company:
    """Migrate an empty database as the server does, and fill it with the small company."""
    name = "" if postgres is None else postgres.new_database()
    url = f"sqlite:///{folder / SQLITE_FILE}" if postgres is None else postgres.url(name)
    app = create_app(
        Settings(data=folder, database_url=url, secret_key="only for tests", testing=True, pwa=folder)
    )
    with app.app_context():
        upgrade()
        field = build_field(db.session(), outlets=8)
        outlets = _far_west(db.session(), field)
        # Argon2 reads its cost from the hash: fifty phones that sign in are not what is tried here.
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        db.session.execute(sa.update(Person).values(password_hash=cheap))
        db.session.commit()
        db.session.remove()
        if postgres is None:
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    source = str(folder / SQLITE_FILE) if postgres is None else name
    return Company(kind, source, field, outlets, folder / "keys", postgres)


def _far_west(session: Session, field: Field) -> tuple[int, ...]:
    territory = Territory(code="T3", name="纽约", name_en="New York", timezone="America/New_York")
    session.add(territory)
    session.flush()
    route = Route(code="R4", name="四线", name_en="Route 4", territory_id=territory.id)
    session.add(route)
    outlets = [
        Outlet(
            code=f"Y{n}", name=f"Y {n}", name_skeleton=f"y{n}", territory_id=territory.id, created_at=BEGAN
        )
        for n in range(4)
    ]
    session.add_all(outlets)
    session.flush()
    session.add(Assignment(route_id=route.id, role="rep", person_id=field.far_rep.id, starts_at=BEGAN))
    session.add_all(
        Stop(route_id=route.id, outlet_id=one.id, weekday=day, sequence=1, valid_from=ANCHOR)
        for one in outlets
        for day in range(7)
    )
    ids = tuple(one.id for one in outlets)
    session.commit()
    return ids


class House:
    """One server on one copy of a company. `folder` holds its data; `clock` where it does not keep the real time."""

    def __init__(
        self,
        company: Company,
        folder: Path,
        *,
        clock: str | None = None,
        env: Mapping[str, str | None] | None = None,
        command: tuple[str, ...] | None = None,
    ) -> None:
        self.company, self.kind, self.field, self.folder = company, company.kind, company.field, folder
        self.data = folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        shutil.copytree(company.keys, self.data / "keys", dirs_exist_ok=True)
        self.database = ""
        if company.postgres is None:
            if not self.file.exists():
                shutil.copyfile(company.source, self.file)
        else:
            self.database = company.postgres.new_database(template=company.source)
        self.server = self._server(clock, env or {}, command)
        self._phones: list[HttpWire] = []

    def _server(
        self, clock: str | None, env: Mapping[str, str | None], command: tuple[str, ...] | None
    ) -> ServerProcess:
        options: dict[str, Any] = {} if command is None else {"command": command}
        url = None if self.company.postgres is None else self.url
        return ServerProcess(self.folder, database_url=url, clock=clock, env=env, **options)

    def start_another(
        self,
        *,
        clock: str | None = None,
        env: Mapping[str, str | None] | None = None,
        command: tuple[str, ...] | None = None,
    ) -> None:
        """Stop the server and go on with one that was told other things, on the same data."""
        self.hang_up()
        self.server.stop()
        self.server = self._server(clock, env or {}, command)
        self.server.start()

    @property
    def file(self) -> Path:
        return self.data / SQLITE_FILE

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the database."""
        if self.company.postgres is None:
            return f"sqlite:///{self.file}"
        return as_postgres_url(self.company.postgres.url(self.database))

    def kill(self) -> None:
        """A power cut. The phones notice: their next request opens a new connection."""
        self.server.kill()
        self.hang_up()

    def hang_up(self) -> None:
        """Close the phones' connections, for which a server that is to stop would wait. They open new ones."""
        for wire in self._phones:
            wire.close()

    def close(self) -> None:
        self.hang_up()
        self.server.kill()
        if self.company.postgres is not None:
            self.company.postgres.drop_database(self.database)

    # --- phones ------------------------------------------------------------------------------------------------

    def wire(self, url: str | None = None, *, timeout: float = PATIENCE_S) -> HttpWire:
        wire = HttpWire(url or self.server.url, timeout=timeout)
        self._phones.append(wire)
        return wire

    def phone(self, who: Who | None = None) -> FakePhone:
        """A phone that is signed in and registered, straight to the server."""
        phone = FakePhone(self.wire())
        assert phone.sign_in(who or self.field.rep).status == 200
        return phone

    def through(self, phone: FakePhone, url: str, *, timeout: float = PATIENCE_S) -> None:
        """Let a phone go on over another address: a proxy's, or the server's own again."""
        wire = self.wire(url, timeout=timeout)
        wire.take_cookies(phone.wire)
        phone.wire = wire

    def visits(self, phone: FakePhone, number: int = 1, outlets: Iterable[int] = ()) -> list[str]:
        """Queue visits with a count and an order, one outlet after the other; their operation ids."""
        chosen = tuple(outlets) or self.field.outlets
        return [
            phone.save("visit.record", self.visit(phone, chosen[index % len(chosen)]))
            for index in range(number)
        ]

    def visit(self, phone: FakePhone, outlet: int, **changes: Any) -> dict[str, Any]:
        skus, prices = self.field.skus, self.field.prices
        return phone.visit(
            outlet,
            counts=dict.fromkeys(skus[:6], (3, 4)),
            lines=[(sku, 12, 24, prices[sku]) for sku in skus[:2]],
            **changes,
        )

    # --- the database, past the server -----------------------------------------------------------------------

    def engine(self) -> sa.Engine:
        """Connections of the test's own, none of them kept, that read what the server sealed."""
        arguments = {"timeout": PATIENCE_S} if self.kind == "sqlite" else {}
        engine = sa.create_engine(self.url, poolclass=sa.NullPool, connect_args=arguments)
        use_keys(engine, Keeper.of_file(self.data / FILE))
        return engine

    def ask(self, statement: str, **values: object) -> list[Any]:
        """Rows of a question, in a transaction of its own."""
        with self.engine().connect() as connection:
            return list(connection.execute(sa.text(statement), values).all())

    def tell(self, *statements: str) -> None:
        """Change the database behind the server's back."""
        with self.engine().begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with Session(self.engine()) as session:
            yield session

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Another party's open transaction; rolled back at the end."""
        with self.engine().connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    @contextmanager
    def impatient(self) -> Iterator[sa.Connection]:
        """A connection that begins nothing by itself and waits for no lock (SQLite)."""
        engine = sa.create_engine(
            self.url, poolclass=sa.NullPool, connect_args={"timeout": 0, "isolation_level": None}
        )
        with engine.connect() as connection:
            yield connection

    def state(self, operation_id: str) -> str | None:
        """What the inbox says of an operation; None when it is not there."""
        with self.session() as session:
            return session.scalar(sa.select(Operation.state).where(Operation.id == UUID(operation_id)))

    def states(self, ids: Iterable[str]) -> dict[str, str]:
        with self.session() as session:
            wanted = [UUID(one) for one in ids]
            rows = session.execute(sa.select(Operation.id, Operation.state).where(Operation.id.in_(wanted)))
            return {str(key): state for key, state in rows}

    def days(self, ids: Iterable[str]) -> list[date]:
        """The business days of visits by their operations, in the operations' order."""
        with self.session() as session:
            rows = session.execute(
                sa.select(Visit.operation_id, Visit.day).where(Visit.operation_id.in_([UUID(i) for i in ids]))
            )
            found = {str(key): day for key, day in rows}
        return [found[one] for one in ids]

    def visits_of(self, ids: Iterable[str]) -> int:
        with self.session() as session:
            query = sa.select(sa.func.count()).select_from(Visit)
            return session.scalar(query.where(Visit.operation_id.in_([UUID(one) for one in ids]))) or 0

    def flags(self, operation_id: str) -> list[str]:
        with self.session() as session:
            return list(
                session.scalars(sa.select(Visit.flags).where(Visit.operation_id == UUID(operation_id))).one()
            )

    # --- what must hold ----------------------------------------------------------------------------------------

    def assert_once(self, phone: FakePhone, ids: Iterable[str]) -> None:
        """I2 and I9 for visits: each operation applied, one visit, one audit entry at its number, same receipt."""
        for one, seq in self.assert_once_anew(ids).items():
            receipts = [result for result in phone.results.get(one, ()) if result["status"] != "retry"]
            assert receipts, f"no receipt for {one}"
            assert {result["server_seq"] for result in receipts} == {seq}
            assert sum(result["status"] == "applied" for result in receipts) <= 1

    def assert_once_anew(self, ids: Iterable[str]) -> dict[str, int]:
        """The same without the receipts, which are others after a restore. Returns the operations' numbers."""
        numbers = {}
        for one in ids:
            with self.session() as session:
                operation = session.get_one(Operation, UUID(one))
                assert (operation.state, operation.code) == ("applied", ""), (one, operation.state)
                visits = session.scalars(sa.select(Visit.id).where(Visit.operation_id == UUID(one))).all()
                assert len(visits) == 1
                entries = session.scalars(
                    sa.select(AuditEntry).where(AuditEntry.subject == f"visit:{visits[0]}")
                ).all()
                assert [(entry.seq, entry.deed) for entry in entries] == [
                    (operation.server_seq, "visit.record")
                ]
                assert operation.server_seq is not None
                numbers[one] = operation.server_seq
        return numbers

    def assert_chain(self) -> int:
        """The audit chain is whole from its first entry to its head. Returns its length."""
        previous, number = GENESIS, 0
        with self.session() as session:
            head = session.execute(sa.text("SELECT seq, digest FROM audit_head WHERE id = 1")).one()
            for entry in session.scalars(sa.select(AuditEntry).order_by(AuditEntry.seq)):
                number += 1
                assert (entry.seq, entry.previous) == (number, previous)
                previous = entry_digest(
                    entry.seq, previous, entry.at, entry.person_id, entry.deed, entry.subject, entry.detail
                )
                assert entry.digest == previous, f"entry {number} was changed"
        assert (head.seq, head.digest) == (number, previous)
        return number

    def assert_effects_are_audited(self) -> None:
        """I9 over the whole database: applied visits, visits and their audit entries are the same set."""
        applied = self.ask("SELECT count(*) FROM operation WHERE kind = 'visit.record' AND state = 'applied'")
        visits = self.ask("SELECT count(*), count(DISTINCT operation_id) FROM visit")
        entries = self.ask("SELECT count(*) FROM audit_entry WHERE deed = 'visit.record'")
        assert {applied[0][0], entries[0][0]} == set(visits[0])

    # --- commands ------------------------------------------------------------------------------------------------

    def flask(self, *words: str) -> str:
        """Run `flask --app server …` on this house's data; what it printed."""
        env = {**os.environ, "ROUTEBOOK_DATA": str(self.data), "ROUTEBOOK_DATABASE_URL": ""}
        if self.company.postgres is not None:
            env["ROUTEBOOK_DATABASE_URL"] = self.url
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "server", *words],
            cwd=ROOT, env=env, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


def wait_until(happened: Callable[[], object], what: str, *, patience_s: float = PATIENCE_S) -> None:
    """Look again and again until something has happened."""
    deadline = time.monotonic() + patience_s
    while not happened():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s:.0f} s in vain: {what}")
        time.sleep(0.01)
