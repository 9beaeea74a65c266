"""Notices (通知): written by the deed that causes them, seen in a person's own list, pushed where that is wanted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from server.domain.daybook import iso
from server.domain.notices import KEPT, KINDS, LENT, PAGE
from server.models import Announcement, Notice
from server.services import jobs, push
from server.services.transaction import deed

PUSH: Final = "notices.push"
TEAM: Final = 500
"""People of one pushing job."""


def tell(
    session: Session,
    people: Collection[int],
    kind: str,
    subject: str,
    detail: Mapping[str, object],
    now: datetime,
    *,
    at: datetime | None = None,
) -> None:
    """Tell people of something, within the deed that causes it. `detail`: ids, codes, days and counts. `at`: when it
    begins to be shown, if later; nothing is pushed then."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind}")
    told = sorted(set(people))
    if not told:
        return
    shown = max(at or now, now)
    common = {"kind": kind, "subject": subject, "detail": dict(detail), "at": shown, "seen_at": None}
    session.execute(delete(Notice).where(Notice.at < now - KEPT))
    session.execute(insert(Notice), [{"person_id": one, **common} for one in told])
    if shown > now:
        return
    wanted = push.with_push(session, told)
    for start in range(0, len(wanted), TEAM):
        parameters = {"kind": kind, "people": wanted[start : start + TEAM]}
        jobs.add_job(session, kind=PUSH, parameters=parameters, now=now, by=None)


def take_back(session: Session, kind: str, subject: str, since: datetime) -> None:
    """What was told since then of something is told no more, within a deed."""
    session.execute(delete(Notice).where(Notice.kind == kind, Notice.subject == subject, Notice.at >= since))


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice in its person's list. `about`: the title of what it tells of, where it has one, in both languages."""

    id: int
    kind: str
    subject: str
    detail: dict[str, object]
    at: datetime
    seen: bool
    about: str
    about_en: str


def find_notices(
    session: Session, person_id: int, *, now: datetime, before: int | None = None
) -> list[NoticeView]:
    """A person's notices of the last 90 days, the newest first, at most 100; `before`: the last id of the page
    before."""
    query = (
        select(Notice)
        .where(Notice.person_id == person_id, Notice.at <= now, Notice.at > now - KEPT)
        .order_by(Notice.at.desc(), Notice.id.desc())
        .limit(PAGE)
    )
    if before is not None:
        query = query.where(Notice.id < before)
    rows = list(session.scalars(query))
    titles = _titles(session, rows)
    return [
        NoticeView(
            one.id, one.kind, one.subject, one.detail, one.at, one.seen_at is not None,
            *titles.get(one.subject, ("", "")),
        )
        for one in rows
    ]  # fmt: skip


def _titles(session: Session, rows: Collection[Notice]) -> dict[str, tuple[str, str]]:
    ids = [int(one.subject.partition(":")[2]) for one in rows if one.kind == "announcement"]
    if not ids:
        return {}
    query = select(Announcement.id, Announcement.title, Announcement.title_en).where(Announcement.id.in_(ids))
    return {f"announcement:{key}": (title, english) for key, title, english in session.execute(query)}


def count_unseen(session: Session, person_id: int, now: datetime) -> int:
    """How many a person has not seen."""
    query = select(func.count()).where(
        Notice.person_id == person_id, Notice.at <= now, Notice.at > now - KEPT, Notice.seen_at.is_(None)
    )
    return session.scalar(query) or 0


def lent(session: Session, person_id: int, now: datetime) -> list[list[object]]:
    """The newest, for the manifest: [id, kind, subject, detail, at, seen]."""
    rows = find_notices(session, person_id, now=now)[:LENT]
    return [[one.id, one.kind, one.subject, one.detail, iso(one.at), one.seen] for one in rows]


@deed
def see(session: Session, *, person_id: int, up_to: int, now: datetime) -> None:
    """All of a person's own up to this one have been seen."""
    session.execute(
        update(Notice)
        .where(Notice.person_id == person_id, Notice.id <= up_to, Notice.at <= now, Notice.seen_at.is_(None))
        .values(seen_at=now)
    )


def see_subject(session: Session, person_id: int, kind: str, subject: str, now: datetime) -> None:
    """What a notice tells of was read: so is the notice, within a deed."""
    session.execute(
        update(Notice)
        .where(
            Notice.person_id == person_id,
            Notice.kind == kind,
            Notice.subject == subject,
            Notice.seen_at.is_(None),
        )
        .values(seen_at=now)
    )
