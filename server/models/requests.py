"""Requests of the field that change the book: what the book says, what it should say, and what was decided."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Float, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base
from server.models.sealed import Sealed, SealedJson


class ChangeRequest(Base):
    """A change of one outlet's card as somebody in the field saw it. New outlets are proposals (models/outlets.py)."""

    __tablename__ = "change_request"
    __table_args__ = (
        Index("ix_change_request_status", "status", "captured_at"),
        Index("ix_change_request_person", "person_id", "decided_at"),
        Index("ix_change_request_outlet", "outlet_id", "status"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # moved | number | closed | renamed
    kind: Mapped[str] = mapped_column(String(16))
    captured_at: Mapped[datetime]
    # What the phone showed as the book's value, and the value wanted; a number among them.
    old: Mapped[dict[str, Any]] = mapped_column(SealedJson("change_request.old"))
    new: Mapped[dict[str, Any]] = mapped_column(SealedJson("change_request.new"))
    note: Mapped[str] = mapped_column(Sealed("change_request.note"), default="")
    # Where the phone was, WGS-84; empty: it had no fix.
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    accuracy_m: Mapped[float | None] = mapped_column(Float)
    # open | accepted | refused
    status: Mapped[str] = mapped_column(String(16), default="open")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(String(500), default="")
