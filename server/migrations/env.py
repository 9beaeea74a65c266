"""Alembic's entry: runs migrations on the application's own engine."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from server.models import Base
from server.models.base import UtcDateTime

config = context.config
target_metadata = Base.metadata


def render_item(kind: str, item: object, _autogen_context: object) -> str | bool:
    """Write our instant type as a plain one: old migrations must not depend on today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


@contextmanager
def rows_may_stand_alone(connection: Connection) -> Iterator[None]:
    """SQLite alters many a table by making it anew, and rows of others point at it meanwhile. It can only be told
    before a transaction begins; afterwards every row has to point at another again."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.driver_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        lost = raw.execute("PRAGMA foreign_key_check").fetchone()
        if lost is not None:
            raise RuntimeError(f"a row of {lost[0]} points at a row of {lost[2]} that is not there")
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def run_migrations_online() -> None:
    engine = current_app.extensions["migrate"].db.engine
    with (
        engine.connect().execution_options(routebook_write=True) as connection,
        rows_may_stand_alone(connection),
    ):
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            render_item=render_item,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run_migrations_online()
