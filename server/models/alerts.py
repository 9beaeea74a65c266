"""Alerts (预警): what a person of the office must look at, each once until it is resolved."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base, BigKey


class Alert(Base):
    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_status", "status", "last_at"), Index("ix_alert_subject", "subject"))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    # noun.what, as in "reveal.quota_nearly_used"
    kind: Mapped[str] = mapped_column(String(40))
    # noun:id, as in "person:17"
    subject: Mapped[str] = mapped_column(String(80))
    # notice | warning | alarm
    severity: Mapped[str] = mapped_column(String(16))
    # Ids, codes and counts of the newest occurrence; never personal content.
    detail: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    # How often it was raised since it was first seen.
    count: Mapped[int] = mapped_column(default=1)
    # open | acknowledged | resolved
    status: Mapped[str] = mapped_column(String(16), default="open")
    # kind and subject while it is not resolved, so that the database itself keeps it to one; empty afterwards.
    open_key: Mapped[str | None] = mapped_column(String(121), unique=True)
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    acknowledged_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    resolved_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    # Who looks after it: by its rule, or whom somebody named.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)


class AlertRule(Base):
    """What the house says of a kind of alert, where it differs from the default (domain/alert_rules.py)."""

    __tablename__ = "alert_rule"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    is_on: Mapped[bool]
    # notice | warning | alarm
    severity: Mapped[str] = mapped_column(String(16))
    # What the kind's own number is, where it has one.
    threshold: Mapped[int | None]
    # One person, or whoever has a role in the territory; neither: nobody.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    owner_role: Mapped[str] = mapped_column(String(16), default="")
    changed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]
