"""Questions to authenticators: each challenge is given out once, may be answered once, and only for five minutes."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import delete
from sqlalchemy.orm import Session

from server.models import Ceremony

Kind = Literal["register", "sign_in", "step_up"]
LASTS: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Asked:
    """A ceremony that was begun: `id` comes back with the answer, `options` go to the browser."""

    id: str
    options: dict[str, Any]


def begin(
    session: Session,
    kind: Kind,
    person_id: int | None,
    challenge: bytes,
    options: dict[str, Any],
    now: datetime,
) -> Asked:
    """Keep a challenge for one answer, within a deed, and forget those that nobody answered."""
    session.execute(delete(Ceremony).where(Ceremony.expires_at < now))
    token = secrets.token_urlsafe(24)
    session.add(
        Ceremony(
            id=_digest(token),
            kind=kind,
            person_id=person_id,
            challenge=challenge,
            expires_at=now + LASTS,
        )
    )
    return Asked(token, options)


def take(session: Session, token: str, kind: Kind, person_id: int | None, now: datetime) -> bytes | None:
    """The challenge of a ceremony, which is over with this; None when there is no such one (any more)."""
    row = session.get(Ceremony, _digest(token), with_for_update=True)
    if row is None or row.kind != kind or row.person_id != person_id or row.expires_at < now:
        return None
    challenge = row.challenge
    session.delete(row)
    return challenge


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
