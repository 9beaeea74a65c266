"""Absences, and which of an absent rep's outlets are looked after by whom while it lasts."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class Absence(Base):
    """Days on which a person does not come. Substitutions for it are assignments and covers that name it."""

    __tablename__ = "absence"
    __table_args__ = (
        Index("ix_absence_person", "person_id", "first_day"),
        Index("ix_absence_days", "last_day", "first_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # Both included, by the calendar of where the person works.
    first_day: Mapped[date]
    last_day: Mapped[date]
    # leave | sick | training | other
    reason: Mapped[str] = mapped_column(String(16))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Cover(Base):
    """One outlet of a route that somebody looks after for a while, while others take the route's other outlets."""

    __tablename__ = "cover"
    __table_args__ = (
        Index("ix_cover_outlet", "outlet_id", "starts_at"),
        Index("ix_cover_person", "person_id", "starts_at"),
        Index("ix_cover_route", "route_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    absence_id: Mapped[int] = mapped_column(ForeignKey("absence.id"), index=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # Half-open [starts_at, ends_at), as an assignment's.
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
