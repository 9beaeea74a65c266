"""Announcements (公告): sent to many in one deed, read and confirmed by each, withdrawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from server.domain.announcements import check_span, concerns
from server.domain.errors import DomainError
from server.domain.operation_bodies import AnnouncementRead
from server.domain.operations import Unacceptable
from server.errors import Conflict, FieldError, Invalid, NotFound
from server.models import (
    Announcement,
    AnnouncementReceipt,
    Assignment,
    Person,
    PersonRole,
    PersonTerritory,
    Route,
    Territory,
)
from server.services import audit, notices
from server.services.captured import Captured, Effect
from server.services.scopes import Within
from server.services.transaction import deed


@dataclass(frozen=True, slots=True)
class NewAnnouncement:
    """What is to be told to whom, from when to when. `starts_at` None: now; no territory: all of them."""

    title: str
    title_en: str
    text: str
    text_en: str
    roles: tuple[str, ...]
    territory_ids: tuple[int, ...]
    starts_at: datetime | None
    ends_at: datetime
    must_confirm: bool


@deed
def send(session: Session, *, new: NewAnnouncement, within: Within, day: date, by: int, now: datetime) -> int:
    """Tell everybody whom it concerns on this day but the sender; returns its id. Who works for some territories only
    tells those. Errors: NotFound for a territory that is not theirs; Invalid."""
    territories = _territories(session, new.territory_ids, within)
    starts_at = new.starts_at or now
    try:
        check_span(starts_at, new.ends_at, now)
    except DomainError as error:
        raise Invalid(errors=[FieldError(error.field, error.rule, error.params)]) from None
    people = concerned(session, new.roles, territories, day=day, now=now) - {by}
    if not people:
        raise Invalid(errors=[FieldError("roles", "nobody")])
    made = Announcement(
        title=new.title, title_en=new.title_en, text=new.text, text_en=new.text_en, roles=list(new.roles),
        territory_ids=territories, starts_at=starts_at, ends_at=new.ends_at, must_confirm=new.must_confirm,
        made_by=by, made_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.execute(
        insert(AnnouncementReceipt),
        [{"announcement_id": made.id, "person_id": one} for one in sorted(people)],
    )
    subject = f"announcement:{made.id}"
    notices.tell(session, people, "announcement", subject, {}, now, at=starts_at)
    audit.record(
        session, at=now, person_id=by, deed="announcement.send", subject=subject,
        detail={
            "roles": list(new.roles), "territories": territories, "people": len(people),
            "must_confirm": new.must_confirm,
        },
    )  # fmt: skip
    return made.id


def _territories(session: Session, wanted: Collection[int], within: Within) -> list[int]:
    if within is not None:
        foreign = sorted(set(wanted) - within)
        if foreign:
            raise NotFound(subject=f"territory:{foreign[0]}")
    known = set(session.scalars(select(Territory.id).where(Territory.id.in_(wanted))))
    if known != set(wanted):
        raise NotFound(subject=f"territory:{min(set(wanted) - known)}")
    return sorted(known or within or ())


def concerned(
    session: Session, roles: Collection[str], territory_ids: Collection[int], *, day: date, now: datetime
) -> set[int]:
    """Everybody active who has one of the roles on a day and works in one of the territories (none: all)."""
    held = session.execute(
        select(PersonRole.person_id, PersonRole.role)
        .join(Person, Person.id == PersonRole.person_id)
        .where(
            Person.status == "active",
            PersonRole.role.in_(roles),
            PersonRole.valid_from <= day,
            or_(PersonRole.valid_to.is_(None), PersonRole.valid_to >= day),
        )
    ).all()
    if not territory_ids:
        return {row.person_id for row in held}
    walked: defaultdict[int, set[int]] = defaultdict(set)
    for person_id, territory_id in session.execute(
        select(Assignment.person_id, Route.territory_id)
        .join(Route, Route.id == Assignment.route_id)
        .where(
            Assignment.person_id.is_not(None),
            Assignment.starts_at <= now,
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
        )
    ):
        walked[person_id or 0].add(territory_id)
    given: defaultdict[int, set[int]] = defaultdict(set)
    for person_id, territory_id in session.execute(
        select(PersonTerritory.person_id, PersonTerritory.territory_id).where(
            PersonTerritory.valid_from <= day,
            or_(PersonTerritory.valid_to.is_(None), PersonTerritory.valid_to >= day),
        )
    ):
        given[person_id].add(territory_id)
    return {
        one for one, role in held if concerns(role, territory_ids, walked.get(one, set()), given.get(one))
    }


@deed
def withdraw(session: Session, *, announcement_id: int, within: Within, by: int, now: datetime) -> None:
    """Show it no more; who had read it stays known. Errors: NotFound; Conflict `announcement_withdrawn`."""
    found = get_announcement(session, announcement_id, within, by)
    if found.withdrawn_at is not None:
        raise Conflict("announcement_withdrawn")
    found.withdrawn_at, found.withdrawn_by = now, by
    subject = f"announcement:{announcement_id}"
    notices.take_back(session, "announcement", subject, found.made_at)
    audit.record(session, at=now, person_id=by, deed="announcement.withdraw", subject=subject)


def get_announcement(session: Session, announcement_id: int, within: Within, by: int) -> Announcement:
    """Errors: NotFound, also for one that goes beyond the territories of whoever asks, unless it is their own."""
    found = session.get(Announcement, announcement_id)
    if found is None or not is_theirs(found, within, by):
        raise NotFound(subject=f"announcement:{announcement_id}")
    return found


def is_theirs(one: Announcement, within: Within, by: int) -> bool:
    """Whether somebody at the desk may look after an announcement: their own, and those of their territories alone."""
    return (
        within is None
        or one.made_by == by
        or bool(one.territory_ids and within.issuperset(one.territory_ids))
    )


# --- reading -------------------------------------------------------------------------------------------------------


@deed
def read(session: Session, *, announcement_id: int, person_id: int, confirm: bool, now: datetime) -> None:
    """One person has read it at a desk. Errors: NotFound for one that did not go to them."""
    if not _mark(session, announcement_id, person_id, now, confirm=confirm, now=now):
        raise NotFound(subject=f"announcement:{announcement_id}")
    audit.record(
        session, at=now, person_id=person_id, deed="announcement.read",
        subject=f"announcement:{announcement_id}", detail={"confirmed": confirm},
    )  # fmt: skip


def record_read(session: Session, captured: Captured, body: AnnouncementRead) -> Effect:
    """One person has read it on a phone. Errors: Unacceptable `not_allowed` for one that did not go to them."""
    at = min(captured.instant(body.at), captured.received_at)
    if not _mark(
        session,
        body.announcement_id,
        captured.person_id,
        at,
        confirm=body.confirmed,
        now=captured.received_at,
    ):
        raise Unacceptable("not_allowed", "announcement_id", "not_found")
    return Effect(
        "announcement.read",
        f"announcement:{body.announcement_id}",
        {"operation": str(captured.operation_id), "confirmed": body.confirmed},
    )


def _mark(
    session: Session, announcement_id: int, person_id: int, at: datetime, *, confirm: bool, now: datetime
) -> bool:
    """The first time counts, whichever way word of it came first. False: it did not go to this person."""
    receipt = session.get(AnnouncementReceipt, (announcement_id, person_id), with_for_update=True)
    if receipt is None:
        return False
    receipt.read_at = min(at, receipt.read_at or at)
    if confirm and session.get_one(Announcement, announcement_id).must_confirm:
        receipt.confirmed_at = min(at, receipt.confirmed_at or at)
    notices.see_subject(session, person_id, "announcement", f"announcement:{announcement_id}", now)
    return True
