"""Alembic's entry: runs migrations on the application's own engine."""

from alembic import context
from flask import current_app

from server.models import Base
from server.models.base import UtcDateTime

config = context.config
target_metadata = Base.metadata


def render_item(kind: str, item: object, _autogen_context: object) -> str | bool:
    """Write our instant type as a plain one: old migrations must not depend on today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run_migrations_online() -> None:
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect().execution_options(routebook_write=True) as connection:
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
