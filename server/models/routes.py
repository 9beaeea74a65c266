"""Territories, routes, their stops, trucks, and who holds what from when to when (四定)."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class Territory(Base):
    __tablename__ = "territory"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100), default="")
    timezone: Mapped[str] = mapped_column(String(64), default="Asia/Hong_Kong")


class Truck(Base):
    __tablename__ = "truck"

    id: Mapped[int] = mapped_column(primary_key=True)
    plate: Mapped[str] = mapped_column(String(20), unique=True)
    capacity_cases: Mapped[int | None]


class Route(Base):
    __tablename__ = "route"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100), default="")
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), index=True)
    # Weekdays (0 = Monday) on which the route's truck delivers.
    truck_weekdays: Mapped[list[int]] = mapped_column(JSON, default=lambda: [0, 1, 2, 3, 4, 5])
    # Rises with every change of stops or assignments.
    version: Mapped[int] = mapped_column(default=1)


class Stop(Base):
    """An outlet on a route on a weekday. A change closes the row and opens another one."""

    __tablename__ = "stop"
    __table_args__ = (
        Index("ix_stop_route_day", "route_id", "weekday", "valid_from"),
        Index("ix_stop_outlet", "outlet_id", "valid_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"))
    # 0 = Monday … 6 = Sunday
    weekday: Mapped[int]
    # Week cycle: every `weeks` (1, 2 or 4) weeks, in week `phase` (0 … weeks-1) counted from company.cycle_anchor.
    weeks: Mapped[int] = mapped_column(default=1)
    phase: Mapped[int] = mapped_column(default=0)
    sequence: Mapped[int]
    # Minutes after midnight, territory time.
    planned_minute: Mapped[int | None]
    # First and last day on which the row holds (both included; None: open).
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Assignment(Base):
    """Who or which truck serves a route from one instant to another. `holder_at` reads it."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index("ix_assignment_route", "route_id", "role", "starts_at"),
        Index("ix_assignment_person", "person_id", "role", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    # rep | driver | truck | supervisor
    role: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    truck_id: Mapped[int | None] = mapped_column(ForeignKey("truck.id"))
    # Half-open [starts_at, ends_at); None: open.
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    # regular | substitution
    kind: Mapped[str] = mapped_column(String(16), default="regular")
    # The absence that a substitution stands in for; None: made by hand.
    absence_id: Mapped[int | None] = mapped_column(ForeignKey("absence.id"), index=True)
