"""Early warning (预警): what changed about a person, as it was found on a day. Kept for 90 days, then forgotten."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class WarningRun(Base):
    """One look at everybody, on one day; a second one on the same day takes the first's place."""

    __tablename__ = "warning_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(unique=True)
    at: Mapped[datetime]
    # How many people were looked at.
    people: Mapped[int]


class PersonWarning(Base):
    """Somebody about whom enough changed to be worth a look. Who gave no signals has no row."""

    __tablename__ = "person_warning"
    __table_args__ = (UniqueConstraint("run_id", "person_id", name="uq_person_warning_person"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("warning_run.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    # domain.warnings.Signal as JSON, the clearest first.
    signals: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
    # The stores behind them: {"outlet_id", "kind", "seen", "usual"}, 50 at most.
    stores: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
    # Since when the person has held the route they hold longest; None: none.
    held_since: Mapped[date | None]
