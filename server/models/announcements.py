"""Announcements (公告): what the office tells many at once, and who has read it."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class Announcement(Base):
    __tablename__ = "announcement"
    __table_args__ = (Index("ix_announcement_starts", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # Plain text; the English one may be empty.
    title: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(120), default="")
    text: Mapped[str] = mapped_column(String(2000))
    text_en: Mapped[str] = mapped_column(String(2000), default="")
    # To whom: any of these roles, in any of these territories (none: in all).
    roles: Mapped[list[str]] = mapped_column(JSON)
    territory_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    must_confirm: Mapped[bool] = mapped_column(default=False)
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]


class AnnouncementReceipt(Base):
    """One person to whom an announcement went: written when it was sent, so that it is settled who has to read it."""

    __tablename__ = "announcement_receipt"
    __table_args__ = (Index("ix_announcement_receipt_person", "person_id", "announcement_id"),)

    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    # When they read it, by the server's time of the moment at which they did; the first time counts.
    read_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
