"""Watches the server's own clock: entries made while it is in doubt are marked, and the office is told (J6)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.audit import is_behind
from server.extensions import clock, monotonic
from server.models import AuditEntry
from server.services import audit
from server.services.alerts import sound_alarm
from server.services.transaction import deed
from server.time_source import TimeSource

log = logging.getLogger("routebook.clock")

EVERY_S: Final = 60.0


@dataclass(slots=True)
class ClockWatch:
    source: TimeSource
    _looked: float = 0.0

    def keep_up(self, session: Session, *, now: datetime) -> None:
        """Look once a minute, after whatever request comes by."""
        if monotonic() - self._looked >= EVERY_S:
            self._looked = monotonic()
            self.look(session, now=now)

    def look(self, session: Session, *, now: datetime) -> str:
        """What is wrong with the clock, "" for nothing: said to the audit, which marks entries with it."""
        moved = self.source.jumped()
        doubt = "unsynchronised" if self.source.is_lost() else "jumped" if moved else ""
        detail: dict[str, object] = {"seconds": round(moved.total_seconds())} if moved else {}
        clock.doubt = doubt
        newest = session.scalar(select(func.max(AuditEntry.at)))
        session.rollback()
        if not doubt and is_behind(newest, now):
            doubt, detail = "behind", {"newest": newest.isoformat() if newest else ""}
        if doubt:
            log.error("the server's clock is in doubt", extra={"doubt": doubt})
            try:
                _tell(doubt=doubt, detail=detail, now=now)
            except audit.AuditUnwritable:
                log.exception("the doubt could not be recorded")
        return doubt


@deed
def _tell(session: Session, *, doubt: str, detail: dict[str, object], now: datetime) -> None:
    sound_alarm(session, kind=f"clock.{doubt}", subject="server:clock", at=now, detail=detail)
