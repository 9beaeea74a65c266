"""The way back in for somebody who lost password and passkey: two people of the office, and a code that is used once.

Whoever starts it sees one half of the code, whoever approves it the other. The person needs both, so neither of the two
can sign in as them.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.errors import Conflict, NotAllowed, NotFound
from server.extensions import db
from server.models import Passkey, Person, Recovery, SignIn
from server.services import audit
from server.services.passwords import hash_password, matches
from server.services.people import MAY_SIGN_IN, find_by_login, get_person
from server.services.session import WrongSignIn
from server.services.transaction import deed

# Without what is easily misread: 32 letters and digits, so a half of eight is 40 bits.
ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
HALF: Final = 8
APPROVED_WITHIN: Final = timedelta(days=1)
USED_WITHIN: Final = timedelta(days=1)
FAILURES_AT_MOST: Final = 5


@dataclass(frozen=True, slots=True)
class HalfShown:
    """A half of the code, shown once and kept nowhere."""

    recovery_id: int
    half: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RecoveryView:
    id: int
    person_id: int
    person: str
    reason: str
    started_by: int
    started_by_name: str
    started_at: datetime
    approved_at: datetime | None
    expires_at: datetime


def _new_half() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(HALF))


def find_open(session: Session, *, now: datetime) -> list[RecoveryView]:
    """Recoveries that are under way, newest first; at most 100."""
    rows = session.scalars(
        select(Recovery)
        .where(Recovery.ended_at.is_(None), Recovery.expires_at > now)
        .order_by(Recovery.started_at.desc())
        .limit(100)
    ).all()
    ids = {row.person_id for row in rows} | {row.started_by for row in rows}
    names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(ids))).all())
    return [
        RecoveryView(
            id=row.id,
            person_id=row.person_id,
            person=names[row.person_id],
            reason=row.reason,
            started_by=row.started_by,
            started_by_name=names[row.started_by],
            started_at=row.started_at,
            approved_at=row.approved_at,
            expires_at=row.expires_at,
        )
        for row in rows
    ]


@deed
def start(session: Session, *, person_id: int, reason: str, by: int, now: datetime) -> HalfShown:
    """Start a recovery; an older one of the same person is over. Errors: NotFound; NotAllowed `second_person`; Conflict
    for somebody whose access was stopped."""
    person = get_person(session, person_id)
    if person_id == by:
        raise NotAllowed("second_person")
    if person.status not in MAY_SIGN_IN:
        raise Conflict("frozen")
    half = _new_half()
    session.execute(
        update(Recovery)
        .where(Recovery.person_id == person_id, Recovery.ended_at.is_(None))
        .values(ended_at=now)
    )
    row = Recovery(
        person_id=person_id,
        reason=reason,
        started_by=by,
        started_at=now,
        first_half_hash=hash_password(half.ljust(10, "-")),
        second_half_hash="",
        expires_at=now + APPROVED_WITHIN,
    )
    session.add(row)
    session.flush()
    audit.record(session, at=now, person_id=by, deed="recovery.start", subject=f"person:{person_id}")
    return HalfShown(row.id, half, row.expires_at)


@deed
def approve(session: Session, *, recovery_id: int, by: int, now: datetime) -> HalfShown:
    """Approve what somebody else started. Errors: NotFound; NotAllowed `second_person`; Conflict."""
    row = session.get(Recovery, recovery_id, with_for_update=True, populate_existing=True)
    if row is None or row.ended_at is not None or row.expires_at <= now:
        raise NotFound(subject=f"recovery:{recovery_id}")
    if by in (row.started_by, row.person_id):
        raise NotAllowed("second_person")
    if row.approved_at is not None:
        raise Conflict
    half = _new_half()
    row.approved_by, row.approved_at = by, now
    row.second_half_hash = hash_password(half.ljust(10, "-"))
    row.expires_at = now + USED_WITHIN
    audit.record(session, at=now, person_id=by, deed="recovery.approve", subject=f"person:{row.person_id}")
    return HalfShown(row.id, half, row.expires_at)


def use(*, login: str, code: str, password: str, now: datetime) -> None:
    """Set a new password with a whole code. Every old sign-in and passkey is over. Errors: WrongSignIn, whatever it is
    that is wrong."""
    password_hash = hash_password(password)  # refused before anything is told
    session = db.session()
    person = find_by_login(session, login)
    row = _find_usable(session, person, now) if person else None
    hashes = (row.first_half_hash, row.second_half_hash) if row else (None, None)
    recovery_id = row.id if row else None
    session.rollback()
    letters = "".join(one for one in code.upper() if one in ALPHABET)
    right = [
        matches(known, letters[start : start + HALF].ljust(10, "-"))
        for known, start in zip(hashes, (0, HALF), strict=True)
    ]
    if recovery_id is None:
        raise WrongSignIn
    if not all(right) or len(letters) != 2 * HALF:
        _note_failure(recovery_id=recovery_id, now=now)
        raise WrongSignIn
    _use(recovery_id=recovery_id, password_hash=password_hash, now=now)


def _find_usable(session: Session, person: Person, now: datetime) -> Recovery | None:
    return session.scalar(
        select(Recovery)
        .where(
            Recovery.person_id == person.id,
            Recovery.ended_at.is_(None),
            Recovery.approved_at.is_not(None),
            Recovery.expires_at > now,
            Recovery.failures < FAILURES_AT_MOST,
        )
        .limit(1)
    )


@deed
def _note_failure(session: Session, *, recovery_id: int, now: datetime) -> None:
    row = session.get_one(Recovery, recovery_id, with_for_update=True, populate_existing=True)
    row.failures += 1
    if row.failures >= FAILURES_AT_MOST:
        row.ended_at = now
    audit.record(
        session,
        at=now,
        person_id=None,
        deed="recovery.wrong_code",
        subject=f"person:{row.person_id}",
        detail={"failures": row.failures},
    )


@deed
def _use(session: Session, *, recovery_id: int, password_hash: str, now: datetime) -> None:
    row = session.get_one(Recovery, recovery_id, with_for_update=True, populate_existing=True)
    person = session.get_one(Person, row.person_id, with_for_update=True, populate_existing=True)
    if row.ended_at is not None or person.status not in MAY_SIGN_IN:
        raise WrongSignIn
    row.ended_at = now
    person.password_hash = password_hash
    for table in (SignIn, Passkey):
        session.execute(
            update(table).where(table.person_id == person.id, table.ended_at.is_(None)).values(ended_at=now)
        )
    audit.record(session, at=now, person_id=person.id, deed="recovery.use", subject=f"person:{person.id}")
