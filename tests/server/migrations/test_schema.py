"""The migrations and the models say the same, on both databases; other tests make their tables from the models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade

from server import create_app
from server.config import Settings
from server.extensions import db
from server.models import Base

MIGRATIONS = Path(__file__).resolve().parents[3] / "server" / "migrations"


@pytest.fixture
def unmigrated(empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database without any table, within its context."""
    settings = Settings(
        data=tmp_path, database_url=empty_database_url, secret_key="only for tests", testing=True
    )
    app = create_app(settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_the_migrations_make_exactly_the_tables_of_the_models(unmigrated: Flask) -> None:
    upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_going_down_leaves_no_table_and_going_up_again_works(unmigrated: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    left = set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}
    assert left == set()
    upgrade()
    assert set(sa.inspect(db.engine).get_table_names()) >= set(Base.metadata.tables)


def test_a_second_upgrade_changes_nothing(unmigrated: Flask) -> None:
    upgrade()
    before = sa.inspect(db.engine).get_table_names()
    upgrade()
    assert sa.inspect(db.engine).get_table_names() == before


def test_the_migrations_are_one_line_without_branches() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
