"""What the day book lends beside the day's stops."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class BorrowedCard(Base):
    """A card that a person took out for an unplanned visit, for the rest of that business day."""

    __tablename__ = "borrowed_card"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    borrowed_at: Mapped[datetime]
