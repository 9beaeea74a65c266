"""Which keys the database was sealed with: enough to tell a lost or wrong ring, and nothing of the keys themselves."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class RingKey(Base):
    """A key that sealed or indexed something here. `proof`: known words sealed (or indexed) with that very key."""

    __tablename__ = "ring_key"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime]
    proof: Mapped[bytes] = mapped_column(LargeBinary)
