"""Wrong passwords are counted in the database, so that a restart or a second process is no fresh start (G5)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.domain.throttle import FORGOTTEN_AFTER, LIMITS, SPARES_KNOWN_ADDRESSES, wait_s
from server.models import Person, SignIn, SignInFailure
from server.services.people import folded_login
from server.services.transaction import deed

KNOWN_FOR: Final = timedelta(days=30)
# Beyond this the oldest go: the table cannot be filled from outside.
MOST_KEPT: Final = 20_000


class Try(NamedTuple):
    """Somebody at an address who says to be an account. `login` as it was typed."""

    login: str
    address: str

    def keys(self) -> dict[str, str]:
        """What it is counted under, by kind, as digests."""
        login = folded_login(self.login)
        words = {"pair": (login, self.address), "address": (self.address,), "account": (login,), "all": ()}
        return {
            kind: hashlib.sha256("\0".join((kind, *said)).encode()).hexdigest()
            for kind, said in words.items()
        }


def wait_before(session: Session, one: Try, *, now: datetime) -> int:
    """Seconds until this may be tried; 0: now."""
    keys = one.keys()
    counted = {
        row.key: row
        for row in session.scalars(select(SignInFailure).where(SignInFailure.key.in_(keys.values())))
    }
    waits = {
        kind: wait_s(LIMITS[kind], counted[key].count, counted[key].at, now)
        for kind, key in keys.items()
        if key in counted
    }
    longest = max((wait for kind, wait in waits.items() if kind not in SPARES_KNOWN_ADDRESSES), default=0)
    spared = max((wait for kind, wait in waits.items() if kind in SPARES_KNOWN_ADDRESSES), default=0)
    if spared > longest and not _is_known(session, one, now):
        return spared
    return longest


def _is_known(session: Session, one: Try, now: datetime) -> bool:
    """Whether this account was signed in to from this address of late."""
    query = (
        select(SignIn.person_id)
        .join(Person, Person.id == SignIn.person_id)
        .where(
            Person.login == folded_login(one.login),
            SignIn.address == one.address,
            SignIn.created_at > now - KNOWN_FOR,
        )
        .limit(1)
    )
    return session.scalar(query) is not None


@deed
def note_failure(session: Session, one: Try, *, now: datetime) -> None:
    """Count one wrong password."""
    forgotten = now - FORGOTTEN_AFTER
    session.execute(delete(SignInFailure).where(SignInFailure.at < forgotten))
    for key in one.keys().values():
        row = session.get(SignInFailure, key, with_for_update=True, populate_existing=True)
        if row is None:
            session.add(SignInFailure(key=key, count=1, at=now))
        else:
            row.count, row.at = row.count + 1, now
    _drop_oldest(session)


def _drop_oldest(session: Session) -> None:
    edge = session.scalar(
        select(SignInFailure.at).order_by(SignInFailure.at.desc()).offset(MOST_KEPT).limit(1)
    )
    if edge is not None:
        session.execute(delete(SignInFailure).where(SignInFailure.at <= edge, SignInFailure.count < 5))


@deed
def forget_failures(session: Session, one: Try) -> None:
    """A right password: this account starts anew from this address. What is counted of the address itself stays."""
    session.execute(delete(SignInFailure).where(SignInFailure.key == one.keys()["pair"]))
