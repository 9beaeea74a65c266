"""The figures' roll-ups: counts of a day, a week or a month, made from visits and made again when those change."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class KpiSpan(Base):
    """Counts of one route, person and class (or brand) over a span. Nothing in it is entered: it can be thrown away and
    made again from visits, stops and assignments."""

    __tablename__ = "kpi_span"
    # Read in ranges of the key only: without a row number beside it, SQLite reads them in one go.
    __table_args__ = (
        Index("ix_kpi_span_route", "route_id", "span", "start"),
        {"sqlite_with_rowid": False},
    )

    # c: by outlet class | b: by brand
    lens: Mapped[str] = mapped_column(String(1), primary_key=True)
    # d: day | w: week from Monday | m: month
    span: Mapped[str] = mapped_column(String(1), primary_key=True)
    start: Mapped[date] = mapped_column(primary_key=True)
    # 0: calls on no route.
    route_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # Who made the calls; the plan is counted for who held the route. 0: nobody did.
    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # 0: none.
    territory_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # The class (A to D, '' for a store only proposed), or the brand's id.
    part: Mapped[str] = mapped_column(String(12), primary_key=True)
    # domain.kpis.COUNTS
    planned: Mapped[int]
    planned_visited: Mapped[int]
    in_order: Mapped[int]
    timed: Mapped[int]
    in_window: Mapped[int]
    completed: Mapped[int]
    calls: Mapped[int]
    unplanned: Mapped[int]
    productive: Mapped[int]
    order_lines: Mapped[int]
    order_minor: Mapped[int] = mapped_column(BigInteger)
    skus_counted: Mapped[int]
    skus_zero: Mapped[int]
    msl_required: Mapped[int]
    msl_present: Mapped[int]
    shelves_stocked: Mapped[int]
    shelves: Mapped[int]
    # Ids of outlets with commas between: those with an order, and all that were planned or called on. None: none.
    ordered: Mapped[str | None] = mapped_column(Text)
    known: Mapped[str | None] = mapped_column(Text)
    # Of days only: {outlet: [SKUs found, SKUs of the range]}; weeks and months are put together from them.
    found: Mapped[dict[str, list[int]] | None] = mapped_column(JSON)


class KpiDirty(Base):
    """A route's day whose counts are no longer what its visits say."""

    __tablename__ = "kpi_dirty"

    route_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    marked_at: Mapped[datetime]


class KpiDay(Base):
    """A day on which every route was marked once: a plan that nobody walked counts, too."""

    __tablename__ = "kpi_day"

    day: Mapped[date] = mapped_column(primary_key=True)
