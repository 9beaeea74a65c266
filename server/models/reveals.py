"""Reveals: each opening of a contact's number, and the requests for more of them than the quota allows."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, Float, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base
from server.models.sealed import Sealed


class Reveal(Base):
    """One opening. Written before the number is shown, never changed, never deleted."""

    __tablename__ = "reveal"
    __table_args__ = (
        Index("ix_reveal_person_day", "person_id", "day"),
        Index("ix_reveal_person_at", "person_id", "at"),
        Index("ix_reveal_person_outlet", "person_id", "outlet_id", "at"),
        Index("ix_reveal_outlet_at", "outlet_id", "at"),
    )

    # Made on the phone, so that an opening that comes twice counts once.
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"), index=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    # call_owner | delivery_question | confirm_order | complaint | other
    reason: Mapped[str] = mapped_column(String(24))
    words: Mapped[str] = mapped_column(Sealed("reveal.words"), default="")
    # By the server's time; for one made offline the phone's clock, corrected.
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    # The business day whose quota it draws on.
    day: Mapped[date]
    # WGS-84 degrees and metres; all empty where there was no fix.
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    accuracy_m: Mapped[float | None] = mapped_column(Float)
    offline: Mapped[bool]
    # over_day | over_outlet | off_route | unusual_hour | unusual_pace | not_lent
    flags: Mapped[list[str]] = mapped_column(JSON, default=list)


class RevealRequest(Base):
    """A wish for more openings than the quota allows; another person decides."""

    __tablename__ = "reveal_request"
    __table_args__ = (
        Index("ix_reveal_request_status", "status", "requested_at"),
        Index("ix_reveal_request_person_outlet", "person_id", "outlet_id", "status"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # None: more openings today, wherever.
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlet.id"), index=True)
    day: Mapped[date]
    words: Mapped[str] = mapped_column(Sealed("reveal_request.words"))
    requested_at: Mapped[datetime]
    # open | approved | refused
    status: Mapped[str] = mapped_column(String(16), default="open")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(Sealed("reveal_request.decision_note"), default="")
