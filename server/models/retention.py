"""The retention watch (流失观察): a store that changed hands, watched for 90 days against similar stores."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class RetentionWatch(Base):
    __tablename__ = "retention_watch"
    __table_args__ = (
        UniqueConstraint("departure_id", "outlet_id", name="uq_retention_watch_store"),
        Index("ix_retention_watch_outlet", "outlet_id"),
        Index("ix_retention_watch_ended", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id"))
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"))
    receiver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    # The first day in the new hands, and the first on which it is no longer watched.
    handed_on: Mapped[date]
    ends_on: Mapped[date]
    # domain.retention.Verdict: its state, and the rest of it by name; amounts in minor units.
    state: Mapped[str] = mapped_column(String(16), default="too_little")
    alarm: Mapped[bool] = mapped_column(default=False)
    # When it first raised one; stays when the store has come back.
    alarm_at: Mapped[datetime | None]
    verdict: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    # domain.retention.Course: what is drawn.
    course: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    # Visits and counts since, and as many as were usual in the same number of weeks.
    visits: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    saved_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    judged_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
