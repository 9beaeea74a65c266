"""The quarterly review of who may do what: a named person confirms or withdraws each right."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class AccessReview(Base):
    __tablename__ = "access_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    # "2026-Q4"
    quarter: Mapped[str] = mapped_column(String(7), unique=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date]
    closed_at: Mapped[datetime | None]


class AccessReviewItem(Base):
    """One right of one person, to be confirmed or withdrawn by `reviewer_id`."""

    __tablename__ = "access_review_item"
    __table_args__ = (
        UniqueConstraint("review_id", "person_role_id"),
        Index("ix_access_review_item_reviewer", "reviewer_id", "decision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("access_review.id"))
    person_role_id: Mapped[int] = mapped_column(ForeignKey("person_role.id"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # confirmed or withdrawn; empty while it is open
    decision: Mapped[str] = mapped_column(String(16), default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(String(500), default="")
