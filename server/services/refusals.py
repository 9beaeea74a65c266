"""What was asked for and not given is written down: somebody tries the ids of other people's objects (F1)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from server.services import audit
from server.services.transaction import deed

log = logging.getLogger("routebook.access")


@deed
def note_refused(
    session: Session,
    *,
    person_id: int,
    code: str,
    request: str,
    subject: str,
    ids: Mapping[str, object],
    now: datetime,
) -> None:
    """Write down that somebody asked for an object that is not theirs, or is not there. `request`: method and rule."""
    audit.record(
        session,
        at=now,
        person_id=person_id,
        deed="access.refused",
        subject=subject[:80],
        detail={"request": request, "code": code, "ids": {key: str(value) for key, value in ids.items()}},
    )
