"""Fixtures: every test that uses the database runs on SQLite and on a real PostgreSQL, in one pytest run.

`database_url` names a database with all tables and no rows. The tables are made once for each kind; after a
test only the tables that hold rows are emptied, which costs a few milliseconds.
`empty_database_url` names a database without any table, new for each test: for migrations and real servers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.models import Base
from tests.postgres import Postgres

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of this pytest process, started when the first test asks for it (half a second)."""
    with Postgres.start() as running:
        yield running


@pytest.fixture(scope="session", params=KINDS)
def shared_database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """One database with all tables for all tests of this process; take `database_url` instead."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'routebook.sqlite3'}"
        make_tables(url)
        yield url
        return
    cluster: Postgres = request.getfixturevalue("postgres")
    name = cluster.new_database()
    make_tables(cluster.url(name))
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest.fixture
def database_url(shared_database_url: str) -> Iterator[str]:
    """A database with all tables and no rows, on SQLite and on PostgreSQL."""
    yield shared_database_url
    remove_rows(shared_database_url)


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of this one test, without a table, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'routebook.sqlite3'}"
        return
    cluster: Postgres = request.getfixturevalue("postgres")
    name = cluster.new_database()
    yield cluster.url(name)
    cluster.drop_database(name)


def make_tables(url: str) -> None:
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    Base.metadata.create_all(engine, checkfirst=False)
    engine.dispose()


def remove_rows(url: str) -> None:
    """Empty every table, whatever points at what, and count ids from 1 again."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    names = [table.name for table in Base.metadata.sorted_tables]
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # An open transaction that a test forgot would hold the tables: fail in words, do not hang.
            connection.exec_driver_sql("SET lock_timeout = '5s'; SET session_replication_role = replica")
            filled = _filled(connection, names)
            sequences = connection.exec_driver_sql(
                "SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"
            )
            restarts = [f'ALTER SEQUENCE "{name}" RESTART' for (name,) in sequences]
            statements = [*(f'DELETE FROM "{name}"' for name in filled), *restarts]
            if statements:
                connection.exec_driver_sql("; ".join(statements))
        else:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            for name in _filled(connection, names):
                connection.exec_driver_sql(f'DELETE FROM "{name}"')


def _filled(connection: sa.Connection, names: list[str]) -> list[str]:
    """The tables that hold a row, asked in one question."""
    question = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names
    )
    return [name for (name,) in connection.exec_driver_sql(question)]
