"""Plans: proposals for a territory from a day on. Versions of lines, the edits made on a version, what a publication
changed."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class Plan(Base):
    __tablename__ = "plan"
    __table_args__ = (Index("ix_plan_territory", "territory_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"))
    name: Mapped[str] = mapped_column(String(100))
    # First day on which it is meant to hold.
    starts_on: Mapped[date]
    # open | published | reverted
    state: Mapped[str] = mapped_column(String(16), default="open")
    # domain.plans.PlanTerms as JSON: the working day that it is planned for.
    terms: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    # Route id -> the route's version when the plan last looked at what holds. As text: JSON has no other keys.
    routes: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    # The newest proposal under way or done.
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    published_version: Mapped[int | None]
    published_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class PlanVersion(Base):
    __tablename__ = "plan_version"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    # 1 is what holds today; each proposal and each copy is the next one.
    number: Mapped[int]
    # today | sequence | calendar | territory | copy
    origin: Mapped[str] = mapped_column(String(16))
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    # domain.plans.Figures of the lines as they were made, edits not counted.
    figures: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    # Stores that the planner and the board leave where they are.
    locked: Mapped[list[int]] = mapped_column(JSON, default=list)
    # Edits 1 … edits_done hold; those above were undone and can be done again.
    edits_done: Mapped[int] = mapped_column(default=0)
    # Rises with every edit, undo and redo.
    revision: Mapped[int] = mapped_column(default=0)


class PlanLine(Base):
    """A visit of a version: an outlet on a route on a weekday, in its week cycle."""

    __tablename__ = "plan_line"
    __table_args__ = (Index("ix_plan_line_version", "version_id", "route_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"))
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    weekday: Mapped[int]
    weeks: Mapped[int]
    phase: Mapped[int]
    sequence: Mapped[int]
    planned_minute: Mapped[int | None]


class PlanEdit(Base):
    """One thing a person did on the board: the board is the version's lines with its edits done in order."""

    __tablename__ = "plan_edit"

    version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # domain.plans.Edit as JSON
    edit: Mapped[dict[str, object]] = mapped_column(JSON)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]


class StopChange(Base):
    """What a publication changed about an outlet on a route, told to whoever walks it."""

    __tablename__ = "stop_change"
    __table_args__ = (Index("ix_stop_change_route", "route_id", "from_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"))
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"))
    from_day: Mapped[date]
    # came | left | moved | order
    kind: Mapped[str] = mapped_column(String(16))
    # Weekdays before and after, 0 = Monday.
    before: Mapped[list[int]] = mapped_column(JSON, default=list)
    after: Mapped[list[int]] = mapped_column(JSON, default=list)
    reason: Mapped[str] = mapped_column(String(200))
