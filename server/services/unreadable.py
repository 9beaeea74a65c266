"""Values that do not open: whoever reads gets the rest, and the office is told of each once."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from sqlalchemy import LargeBinary, select, type_coerce
from sqlalchemy.orm import Session

from server.models import Base
from server.services import keys
from server.services.alerts import sound_alarm
from server.services.transaction import deed

AT_ONCE: Final = 20
"""Told with one request; the rest with the next."""


def tell(*, now: datetime) -> None:
    """Put on record what did not open since the last time; costs nothing where everything opened."""
    kept = keys.keeper()
    misses = kept.misses()[:AT_ONCE]
    if misses:
        _tell(misses, now=now)
        kept.told(misses)


@deed
def _tell(session: Session, misses: list[tuple[str, bytes]], *, now: datetime) -> None:
    for context, sealed in misses:
        sound_alarm(
            session,
            kind="sealed.unreadable",
            # By the value: found again, it is the same; the ciphertext tells nothing.
            subject=f"sealed:{hashlib.sha256(context.encode() + sealed).hexdigest()[:16]}",
            at=now,
            detail={"column": context, "row": _row_of(session, context, sealed)},
        )


def _row_of(session: Session, context: str, sealed: bytes) -> str:
    """The key of the row that holds the value, "" where it is gone. Walks the table: this happens once a value."""
    table_name, _, column_name = context.partition(".")
    table = Base.metadata.tables.get(table_name)
    if table is None or column_name not in table.columns:
        return ""
    raw = type_coerce(table.columns[column_name], LargeBinary())
    row = session.execute(select(*table.primary_key.columns).where(raw == sealed).limit(1)).first()
    return ":".join(map(str, row)) if row else ""
