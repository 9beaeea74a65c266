"""Sign-ins: opened by password or passkey, kept on the server, proved anew before weighty deeds, ended at once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.departures import is_leaving
from server.domain.journey_plan import business_date
from server.errors import NotAllowed, NotSignedIn, RoutebookError
from server.extensions import db
from server.models import Company, Departure, Device, Person, SignIn
from server.services import audit, push
from server.services.passwords import matches
from server.services.people import MAY_SIGN_IN, find_by_login, get_person, roles_on
from server.services.transaction import deed

SIGN_IN_LASTS: Final = timedelta(days=30)
STEP_UP_LASTS: Final = timedelta(minutes=5)


class WrongSignIn(RoutebookError):
    """Login or password is wrong; the answer never says which."""

    status = 401
    code = "wrong_sign_in"


class WrongStepUp(NotAllowed):
    """Somebody is signed in, but did not prove again to be that person."""

    code = "wrong_step_up"


def sign_in(*, login: str, password: str, address: str, now: datetime) -> str:
    """Check a password and open a sign-in. Returns the token for the cookie. Errors: WrongSignIn.

    The password is checked before the transaction: a hash takes a tenth of a second, and nobody waits for it."""
    session = db.session()
    person = find_by_login(session, login)
    person_id, password_hash = (person.id, person.password_hash) if person else (None, None)
    session.rollback()
    if not matches(password_hash, password) or person_id is None or password_hash is None:
        raise WrongSignIn
    return _open_with_password(person_id=person_id, password_hash=password_hash, address=address, now=now)


@deed
def _open_with_password(
    session: Session, *, person_id: int, password_hash: str, address: str, now: datetime
) -> str:
    person = session.get_one(Person, person_id, populate_existing=True)
    if person.password_hash != password_hash:  # changed while it was checked
        raise WrongSignIn
    return open_sign_in(session, person, method="password", address=address, now=now)


def open_sign_in(session: Session, person: Person, *, method: str, address: str, now: datetime) -> str:
    """Open a sign-in of a person who has proved to be one, within a deed. Errors: WrongSignIn for one whose access
    has stopped, the same answer as for a wrong password."""
    if person.status not in MAY_SIGN_IN:
        raise WrongSignIn
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_sha256=token_digest(token),
            person_id=person.id,
            created_at=now,
            expires_at=now + SIGN_IN_LASTS,
            address=address,
            method=method,
        )
    )
    audit.record(
        session,
        at=now,
        person_id=person.id,
        deed="person.sign_in",
        subject=f"person:{person.id}",
        detail={} if method == "password" else {"method": method},
    )
    return token


def step_up(*, token_sha256: str, person_id: int, password: str, now: datetime) -> datetime:
    """Prove again who is there, by password. Returns until when it holds. Errors: WrongStepUp."""
    session = db.session()
    password_hash = get_person(session, person_id).password_hash
    session.rollback()
    if not matches(password_hash, password):
        raise WrongStepUp
    return _step_up_with_password(token_sha256=token_sha256, person_id=person_id, now=now)


@deed
def _step_up_with_password(session: Session, *, token_sha256: str, person_id: int, now: datetime) -> datetime:
    return note_step_up(session, token_sha256=token_sha256, person_id=person_id, method="password", now=now)


def note_step_up(
    session: Session, *, token_sha256: str, person_id: int, method: str, now: datetime
) -> datetime:
    """Note on the sign-in that its person has just proved to be there, within a deed. Errors: NotSignedIn where it
    ended while they did, by a freeze for instance."""
    still_open = update(SignIn).where(SignIn.token_sha256 == token_sha256, SignIn.ended_at.is_(None))
    if not session.execute(still_open.values(stepped_up_at=now)).rowcount:  # type: ignore[attr-defined]
        raise NotSignedIn
    audit.record(
        session,
        at=now,
        person_id=person_id,
        deed="person.step_up",
        subject=f"person:{person_id}",
        detail={"method": method},
    )
    return now + STEP_UP_LASTS


@dataclass(frozen=True)
class OpenSignIn:
    """Who is signed in, and on what: plain values, so that the web floor needs no tables.

    `frozen`: the person's access was stopped. `device_revoked`: only the device's was."""

    token: str
    token_sha256: str
    person_id: int
    status: str
    locale: str
    roles: frozenset[str]
    # The company's business day: roles and territories are those of this day.
    day: date
    opened_at: datetime
    stepped_up_at: datetime | None
    device_id: UUID | None
    device_key: bytes | None
    device_unlock: str
    device_approved: bool
    device_revoked: bool

    @property
    def frozen(self) -> bool:
        return self.status not in MAY_SIGN_IN


def find_sign_in(session: Session, token: str, *, now: datetime) -> OpenSignIn | None:
    """The sign-in of a token, or None when it ended or expired.

    That of a frozen person, or on a revoked device, is still found, so that the phone can be told to wipe: whoever asks
    looks at `frozen` and `device_revoked` first."""
    row = session.execute(
        select(SignIn, Person, Device, select(Company.timezone).limit(1).scalar_subquery())
        .join(Person, Person.id == SignIn.person_id)
        .outerjoin(Device, Device.id == SignIn.device_id)
        .where(SignIn.token_sha256 == token_digest(token))
    ).first()
    if row is None:
        return None
    found, person, device, timezone = row
    day = business_date(now, timezone or "UTC")
    # What the sweep writes down some seconds later holds from the first instant after the last day.
    status = (
        "frozen" if is_leaving(person.status) and _notice_is_over(session, person.id, day) else person.status
    )
    stopped = status not in MAY_SIGN_IN or (device is not None and device.revoked_at is not None)
    if not stopped and (found.ended_at is not None or found.expires_at <= now):
        return None
    return OpenSignIn(
        token=token,
        token_sha256=found.token_sha256,
        person_id=person.id,
        status=status,
        locale=person.locale,
        roles=roles_on(person, day),
        day=day,
        opened_at=found.created_at,
        stepped_up_at=found.stepped_up_at,
        device_id=found.device_id,
        device_key=device.public_key if device else None,
        device_unlock=device.unlock if device else "",
        device_approved=device is not None and device.approved_at is not None,
        device_revoked=device is not None and device.revoked_at is not None,
    )


def _notice_is_over(session: Session, person_id: int, day: date) -> bool:
    """Whether the last day of somebody who serves notice lies before this one. Only asked for those."""
    last_day = session.scalar(select(Departure.last_day).where(Departure.open_key == person_id))
    return last_day is not None and last_day < day


@deed
def sign_out(session: Session, *, token_sha256: str, person_id: int, now: datetime) -> None:
    """End a sign-in; the device that it was on is told nothing more."""
    device_id = session.scalar(select(SignIn.device_id).where(SignIn.token_sha256 == token_sha256))
    if device_id is not None:
        push.forget(session, device_id=device_id)
    session.execute(
        update(SignIn)
        .where(SignIn.token_sha256 == token_sha256, SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )
    audit.record(session, at=now, person_id=person_id, deed="person.sign_out", subject=f"person:{person_id}")


def bind_device(session: Session, *, token_sha256: str, device_id: UUID) -> None:
    """Tie a sign-in to the device that it is used on, within a deed."""
    session.execute(update(SignIn).where(SignIn.token_sha256 == token_sha256).values(device_id=device_id))


def token_digest(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
