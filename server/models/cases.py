"""Accounts of work with an outlet: what was said and when, and cases that somebody has to settle by a day."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base
from server.models.sealed import Sealed


class Interaction(Base):
    """A contact with an outlet besides visits. Written once, never changed."""

    __tablename__ = "interaction"
    __table_args__ = (Index("ix_interaction_outlet", "outlet_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # call | mail | meeting | message | event
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Sealed("interaction.text"))


class Case(Base):
    """A complaint or an after-sales case of an outlet, with who settles it by when."""

    __tablename__ = "outlet_case"
    __table_args__ = (
        Index("ix_outlet_case_state", "state", "due"),
        Index("ix_outlet_case_owner", "owner_id", "state"),
        Index("ix_outlet_case_outlet", "outlet_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"))
    # complaint | after_sales
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Sealed("outlet_case.text"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due: Mapped[date | None]
    # open | waiting | done
    state: Mapped[str] = mapped_column(String(8), default="open")
    opened_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CaseEntry(Base):
    """One line of a case's log: who did what to it when, and how it stood afterwards."""

    __tablename__ = "outlet_case_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("outlet_case.id"), index=True)
    at: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(8))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due: Mapped[date | None]
    text: Mapped[str] = mapped_column(Sealed("outlet_case_entry.text"), default="")
