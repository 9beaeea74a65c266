"""What happened in the field: work days, visits, their steps, stock counts and photos."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, Float, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base, BigKey
from server.models.sealed import Sealed


class WorkDay(Base):
    """One person's day: attendance in the morning, close in the evening."""

    __tablename__ = "work_day"
    __table_args__ = (Index("ix_work_day_person", "person_id", "day"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    day: Mapped[date]
    started_at: Mapped[datetime]
    # {"latitude","longitude","accuracy_m"} or None: no fix
    start_fix: Mapped[dict[str, float] | None] = mapped_column(JSON)
    checklist: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
    ended_at: Mapped[datetime | None]
    end_fix: Mapped[dict[str, float] | None] = mapped_column(JSON)
    # The KPIs as the phone showed them at the day's end.
    summary: Mapped[dict[str, object] | None] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Sealed("work_day.note"), default="")


class Visit(Base):
    __tablename__ = "visit"
    __table_args__ = (
        Index("ix_visit_outlet", "outlet_id", "checked_in_at"),
        Index("ix_visit_person", "person_id", "day"),
        Index("ix_visit_route", "route_id", "day"),
        Index("ix_visit_day", "day", "checked_in_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    # One of the two: an outlet of the book, or one only proposed so far.
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlet.id"))
    proposal_id: Mapped[UUID | None] = mapped_column(ForeignKey("outlet_proposal.id"), index=True)
    # The route that the outlet was on when it happened; None: on none.
    route_id: Mapped[int | None] = mapped_column(ForeignKey("route.id"))
    # Who made it, and who held the route then; they differ for a substitute outside his dates.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    operation_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    # Business day by territory zone.
    day: Mapped[date]
    planned: Mapped[bool]
    unplanned_reason: Mapped[str] = mapped_column(String(200), default="")
    checked_in_at: Mapped[datetime]
    checked_out_at: Mapped[datetime]
    in_latitude: Mapped[float | None] = mapped_column(Float)
    in_longitude: Mapped[float | None] = mapped_column(Float)
    in_accuracy_m: Mapped[float | None] = mapped_column(Float)
    in_distance_m: Mapped[float | None] = mapped_column(Float)
    out_latitude: Mapped[float | None] = mapped_column(Float)
    out_longitude: Mapped[float | None] = mapped_column(Float)
    out_accuracy_m: Mapped[float | None] = mapped_column(Float)
    out_distance_m: Mapped[float | None] = mapped_column(Float)
    # None with an order; else closed | owner_away | enough_stock | no_cash | competitor | other
    outcome: Mapped[str | None] = mapped_column(String(20))
    outcome_note: Mapped[str] = mapped_column(Sealed("visit.outcome_note"), default="")
    next_visit_day: Mapped[date | None]
    next_visit_shown: Mapped[bool] = mapped_column(default=False)
    # Evidence, never a verdict: far_check_in, no_fix, short_visit, copied_count, clock_adjusted, …
    flags: Mapped[list[str]] = mapped_column(JSON, default=list)


class VisitStep(Base):
    __tablename__ = "visit_step"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), primary_key=True)
    # prepare | outdoor | greet | merchandise | count | present | order | thank
    step: Mapped[str] = mapped_column(String(16), primary_key=True)
    # done | skipped
    state: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(Sealed("visit_step.note"), default="")


class StockCount(Base):
    """One SKU counted in one visit, in pieces. A SKU that was not counted has no row; zero is a count."""

    __tablename__ = "stock_count"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), primary_key=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"), primary_key=True)
    shelf: Mapped[int]
    backroom: Mapped[int]
    # typed | same (taken over from the last count by one tap) | confirmed (asked about and confirmed)
    source: Mapped[str] = mapped_column(String(10), default="typed")


class Photo(Base):
    __tablename__ = "photo"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), index=True)
    step: Mapped[str] = mapped_column(String(16))
    # before | after
    kind: Mapped[str] = mapped_column(String(8))
    taken_at: Mapped[datetime]
    # SHA-256 of the bytes as the phone sent them; the stored file is re-encoded.
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    # Set when the bytes are complete and checked; path relative to the photo folder.
    stored_at: Mapped[datetime | None]
    path: Mapped[str] = mapped_column(String(200), default="")


class Upload(Base):
    """Bytes on the way: a photo that arrives in chunks (tus 1.0 semantics)."""

    __tablename__ = "upload"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    size: Mapped[int] = mapped_column(BigKey)
    received: Mapped[int] = mapped_column(BigKey, default=0)
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(index=True)
    finished_at: Mapped[datetime | None]
