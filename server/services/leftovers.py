"""What stands in the phones' inbox unprocessed: after a crash, and after a person put an operation back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from server.domain.operations import Unacceptable
from server.extensions import db
from server.models import Base
from server.services.applying import apply_all, quarantine
from server.services.captured import APPLIED, QUARANTINED, Result, Stored

WAITS_AT_MOST: Final = timedelta(days=7)
SWEPT_AT_ONCE: Final = 1_000


class Swept(NamedTuple):
    applied: int
    quarantined: int
    left: int


def sweep(*, now: datetime) -> Swept:
    """Apply what stands in the inbox unprocessed, after a crash for instance (D3). Bounded; run it again for more.

    What has waited for another operation for more than seven days is quarantined, so that a person sees it.
    """
    session = db.session()
    rows = session.execute(_LEFT).all()
    session.rollback()
    people: dict[int, list[Stored]] = {}
    for row in rows:
        people.setdefault(row.person_id, []).append(Stored.of_row(row))
    results: list[tuple[Stored, Result]] = []
    for todo in people.values():
        results += zip(todo, apply_all(todo, now=now), strict=True)
    applied = quarantined = 0
    for stored, result in results:
        long_ago = now - stored.captured.received_at > WAITS_AT_MOST
        if result.code == "waits_for" and long_ago:
            result = quarantine(stored, Unacceptable("waits_for", result.detail), now=now)
        applied += result.status == APPLIED
        quarantined += result.status == QUARANTINED
    return Swept(applied, quarantined, len(results) - applied - quarantined)


def reapply(session: Session, operation_id: UUID, *, now: datetime) -> Result:
    """Apply one operation of the inbox that a person put back to `received`."""
    row = session.execute(_ONE, {"key": operation_id}).one()
    return apply_all([Stored.of_row(row)], now=now, decided=True)[0]


_OPERATIONS = Base.metadata.tables["operation"]
_LEFT = (
    select(_OPERATIONS)
    .where(_OPERATIONS.c.state == "received")
    .order_by(_OPERATIONS.c.received_at, _OPERATIONS.c.seq)
    .limit(SWEPT_AT_ONCE)
)
_ONE = select(_OPERATIONS).where(_OPERATIONS.c.id == bindparam("key"))
