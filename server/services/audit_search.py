"""What the auditor asks of the chain: who did what, to which outlet, from which device, when. And what is told to the
person whom it is about. Whoever searches is recorded too."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from server.models import AuditEntry, Device, Outlet, Person, Reveal
from server.services import audit
from server.services.people import get_person
from server.services.transaction import deed

log = logging.getLogger("routebook.audit")

PAGE: Final = 100
OPENINGS_SHOWN: Final = 3_000
LAST_90_DAYS: Final = timedelta(days=90)
# What brings customer data before somebody's eyes or out of the house.
OPENING_DEEDS: Final = (
    "contact.reveal",
    "contact.reveal_refused",
    "card.borrow",
    "lease.key",
    "export.download",
    "audit.search",
)


@dataclass(frozen=True, slots=True)
class Search:
    """All that is given must hold. `before`: entries below this number only, for the next page."""

    person_id: int | None = None
    outlet_id: int | None = None
    # An outlet's code, where its id is not known.
    outlet: str = ""
    device: UUID | None = None
    deed: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class EntryView:
    seq: int
    at: datetime
    person_id: int | None
    person: str
    deed: str
    subject: str
    outlet_id: int | None
    outlet: str
    device: str | None
    detail: dict[str, object]
    digest: str


def find_entries(session: Session, search: Search, *, limit: int = PAGE) -> list[EntryView]:
    """Entries that fit, the newest first; at most 100."""
    query = select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(min(limit, PAGE))
    if search.outlet:
        found = session.scalar(select(Outlet.id).where(Outlet.code == search.outlet))
        if found is None:
            return []
        query = query.where(AuditEntry.outlet_id == found)
    for column, wanted in (
        (AuditEntry.person_id, search.person_id),
        (AuditEntry.outlet_id, search.outlet_id),
        (AuditEntry.device, str(search.device) if search.device else None),
        (AuditEntry.deed, search.deed or None),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    if search.since is not None:
        query = query.where(AuditEntry.at >= search.since)
    if search.until is not None:
        query = query.where(AuditEntry.at < search.until)
    if search.before is not None:
        query = query.where(AuditEntry.seq < search.before)
    return _views(session, session.scalars(query).all())


def _views(session: Session, rows: Collection[AuditEntry]) -> list[EntryView]:
    people = _names(session, Person.id, Person.name, {row.person_id for row in rows})
    outlets = _names(session, Outlet.id, Outlet.name, {row.outlet_id for row in rows})
    return [
        EntryView(
            seq=row.seq,
            at=row.at,
            person_id=row.person_id,
            person=people.get(row.person_id or 0, ""),
            deed=row.deed,
            subject=row.subject,
            outlet_id=row.outlet_id,
            outlet=outlets.get(row.outlet_id or 0, ""),
            device=row.device,
            detail=row.detail,
            digest=row.digest,
        )
        for row in rows
    ]


def _names(session: Session, key: object, name: object, ids: Collection[int | None]) -> Mapping[int, str]:
    wanted = [one for one in ids if one is not None]
    if not wanted:
        return {}
    return {row[0]: row[1] for row in session.execute(select(key, name).where(key.in_(wanted)))}  # type: ignore[call-overload, attr-defined]


@dataclass(frozen=True, slots=True)
class OpeningView:
    """One opening of a number."""

    at: datetime
    outlet_id: int
    outlet: str
    reason: str
    words: str
    offline: bool
    flags: list[str]
    has_fix: bool
    device: str


@dataclass(frozen=True, slots=True)
class Openings:
    """What a person opened in their last 90 days: the numbers, and the other deeds by which they saw customer data."""

    person_id: int
    person: str
    status: str
    since: datetime
    until: datetime
    openings: list[OpeningView]
    outlets: int
    deeds: list[EntryView]


def openings_of(session: Session, person_id: int, *, now: datetime) -> Openings:
    """On one page, for a leaver above all: their last day is the newest entry of theirs, at most today.
    Errors: NotFound `no_person`."""
    person = get_person(session, person_id)
    newest = select(func.max(AuditEntry.at)).where(AuditEntry.person_id == person_id)
    last = (session.scalar(newest) or now) if person.status in ("frozen", "left") else now
    since = last - LAST_90_DAYS
    openings = find_openings(session, person_id, since=since)
    deeds = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.person_id == person_id,
            AuditEntry.deed.in_([one for one in OPENING_DEEDS if one != "contact.reveal"]),
            AuditEntry.at >= since,
        )
        .order_by(AuditEntry.seq.desc())
        .limit(OPENINGS_SHOWN)
    ).all()
    return Openings(
        person_id=person.id,
        person=person.name,
        status=person.status,
        since=since,
        until=last,
        openings=openings,
        outlets=len({one.outlet_id for one in openings}),
        deeds=_views(session, deeds),
    )


def find_openings(session: Session, person_id: int, *, since: datetime) -> list[OpeningView]:
    """A person's openings of numbers, the newest first; at most 3,000."""
    query = (
        select(Reveal, Outlet.name, Device.label)
        .join(Outlet, Outlet.id == Reveal.outlet_id)
        .join(Device, Device.id == Reveal.device_id, isouter=True)
        .where(Reveal.person_id == person_id, Reveal.at >= since)
        .order_by(Reveal.at.desc(), Reveal.id)
        .limit(OPENINGS_SHOWN)
    )
    return [
        OpeningView(
            at=row.at,
            outlet_id=row.outlet_id,
            outlet=outlet,
            reason=row.reason,
            words=row.words,
            offline=row.offline,
            flags=list(row.flags),
            has_fix=row.latitude is not None,
            device=device or "",
        )
        for row, outlet, device in session.execute(query)
    ]


def find_lookers(session: Session, person_id: int, *, since: datetime) -> list[EntryView]:
    """Who looked at a person's record or changed it: entries about the person by others, the newest first."""
    query = (
        select(AuditEntry)
        .where(
            AuditEntry.subject == f"person:{person_id}",
            or_(AuditEntry.person_id.is_(None), AuditEntry.person_id != person_id),
            AuditEntry.at >= since,
        )
        .order_by(AuditEntry.seq.desc())
        .limit(PAGE)
    )
    return _views(session, session.scalars(query).all())


def find_people(session: Session) -> list[Person]:
    """Everybody whose deeds can be asked for, leavers too, by name; at most 500."""
    return list(session.scalars(select(Person).order_by(Person.name, Person.id).limit(500)))


def note_search(search: Search, *, by: int, now: datetime) -> None:
    """Write down that somebody searched. An audit that cannot be written does not blind the auditor: it is logged."""
    words: dict[str, object] = {
        "person": search.person_id,
        "outlet": search.outlet_id,
        "code": search.outlet or None,
        "device": str(search.device) if search.device else None,
        "deed": search.deed or None,
        "since": search.since.isoformat() if search.since else None,
        "until": search.until.isoformat() if search.until else None,
    }
    subject = f"person:{search.person_id}" if search.person_id else "audit:chain"
    asked = {name: one for name, one in words.items() if one is not None}
    _note("audit.search", subject, {"asked": asked}, by, now)


def note_openings_read(person_id: int, *, by: int, now: datetime) -> None:
    """Write down that somebody read what a person opened."""
    _note("audit.openings", f"person:{person_id}", {}, by, now)


def _note(name: str, subject: str, detail: dict[str, object], by: int, now: datetime) -> None:
    try:
        _record(name, subject, detail, by=by, now=now)
    except audit.AuditUnwritable:
        log.exception("a look into the audit could not be recorded", extra={"by": by, "deed": name})


@deed
def _record(
    session: Session, name: str, subject: str, detail: dict[str, object], *, by: int, now: datetime
) -> None:
    audit.record(session, at=now, person_id=by, deed=name, subject=subject, detail=detail)
