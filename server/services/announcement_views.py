"""Announcements as they are shown: to those who have to read them, and to those who sent them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.announcements import SHOWN
from server.domain.daybook import iso
from server.models import Announcement, AnnouncementReceipt, Person
from server.services.announcements import is_theirs
from server.services.scopes import Within

LISTED: Final = 100
LOOKED_THROUGH: Final = 500
MOST_READERS: Final = 5_000


@dataclass(frozen=True, slots=True)
class OwnAnnouncement:
    """An announcement to one person."""

    id: int
    title: str
    title_en: str
    text: str
    text_en: str
    starts_at: datetime
    ends_at: datetime
    must_confirm: bool
    by: str
    by_en: str
    read_at: datetime | None
    confirmed_at: datetime | None


def find_own(session: Session, person_id: int, now: datetime) -> list[OwnAnnouncement]:
    """What one person is told at an instant, the newest first; at most 20."""
    rows = session.execute(
        select(
            Announcement,
            AnnouncementReceipt.read_at,
            AnnouncementReceipt.confirmed_at,
            Person.name,
            Person.name_en,
        )
        .join(AnnouncementReceipt, AnnouncementReceipt.announcement_id == Announcement.id)
        .join(Person, Person.id == Announcement.made_by)
        .where(
            AnnouncementReceipt.person_id == person_id,
            Announcement.withdrawn_at.is_(None),
            Announcement.starts_at <= now,
            Announcement.ends_at > now,
        )
        .order_by(Announcement.starts_at.desc(), Announcement.id.desc())
        .limit(SHOWN)
    )
    return [
        OwnAnnouncement(
            one.id, one.title, one.title_en, one.text, one.text_en, one.starts_at, one.ends_at,
            one.must_confirm, name, name_en, read_at, confirmed_at,
        )
        for one, read_at, confirmed_at, name, name_en in rows
    ]  # fmt: skip


def lent(session: Session, person_id: int, now: datetime) -> list[dict[str, object]]:
    """The same for the manifest of the day's book."""
    return [
        {
            "id": one.id, "title": one.title, "title_en": one.title_en, "text": one.text,
            "text_en": one.text_en, "at": iso(one.starts_at), "until": iso(one.ends_at),
            "must_confirm": one.must_confirm, "by": one.by, "by_en": one.by_en,
            "read": one.read_at is not None, "confirmed": one.confirmed_at is not None,
        }
        for one in find_own(session, person_id, now)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class SentAnnouncement:
    """An announcement as its senders see it: to how many it went, how many have read and confirmed it."""

    id: int
    title: str
    title_en: str
    text: str
    text_en: str
    roles: list[str]
    territory_ids: list[int]
    starts_at: datetime
    ends_at: datetime
    must_confirm: bool
    by: str
    made_at: datetime
    withdrawn_at: datetime | None
    people: int
    read: int
    confirmed: int


def find_sent(session: Session, within: Within, by: int) -> list[SentAnnouncement]:
    """What was announced, the newest first; at most 100 of the last 500."""
    newest = session.execute(
        select(Announcement, Person.name)
        .join(Person, Person.id == Announcement.made_by)
        .order_by(Announcement.id.desc())
        .limit(LOOKED_THROUGH)
    ).all()
    rows = [(one, name) for one, name in newest if is_theirs(one, within, by)][:LISTED]
    counts = {
        row[0]: row[1:]
        for row in session.execute(
            select(
                AnnouncementReceipt.announcement_id,
                func.count(),
                func.count(AnnouncementReceipt.read_at),
                func.count(AnnouncementReceipt.confirmed_at),
            )
            .where(AnnouncementReceipt.announcement_id.in_([one.id for one, _ in rows]))
            .group_by(AnnouncementReceipt.announcement_id)
        )
    }
    return [
        SentAnnouncement(
            one.id, one.title, one.title_en, one.text, one.text_en, one.roles, one.territory_ids,
            one.starts_at, one.ends_at, one.must_confirm, name, one.made_at, one.withdrawn_at,
            *counts.get(one.id, (0, 0, 0)),
        )
        for one, name in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody to whom an announcement went."""

    id: int
    name: str
    name_en: str
    read_at: datetime | None
    confirmed_at: datetime | None


def find_readers(session: Session, announcement_id: int) -> list[Reader]:
    """To whom it went: who has not read it first, then who has, the latest first; at most 5,000."""
    rows = session.execute(
        select(
            Person.id,
            Person.name,
            Person.name_en,
            AnnouncementReceipt.read_at,
            AnnouncementReceipt.confirmed_at,
        )
        .join(AnnouncementReceipt, AnnouncementReceipt.person_id == Person.id)
        .where(AnnouncementReceipt.announcement_id == announcement_id)
        .order_by(
            AnnouncementReceipt.read_at.is_not(None),
            AnnouncementReceipt.confirmed_at.is_not(None),
            AnnouncementReceipt.read_at.desc(),
            Person.id,
        )
        .limit(MOST_READERS)
    )
    return [Reader(*row) for row in rows]
