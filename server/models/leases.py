"""The keys under which phones keep the book: which were given, never the keys themselves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class LeaseKey(Base):
    """That a device was given the key of a lease. A second key of the same lease raises `times`."""

    __tablename__ = "lease_key"

    device_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("device.id"), primary_key=True)
    lease_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    # pin | passkey: what wraps the key on the phone, by the phone's own word
    unlock: Mapped[str] = mapped_column(String(8))
    ends_at: Mapped[datetime]
    given_at: Mapped[datetime]
    times: Mapped[int]
