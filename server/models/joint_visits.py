"""Joint visits (随访): what a supervisor saw walking beside a rep, step by step, and what the two agreed on."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base
from server.models.sealed import Sealed, SealedJson


class JointVisit(Base):
    """A coaching form. It stands beside the rep's visit and is none itself: no figure counts it."""

    __tablename__ = "joint_visit"
    __table_args__ = (
        Index("ix_joint_visit_person", "person_id", "at"),
        Index("ix_joint_visit_supervisor", "supervisor_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    # Who was walked with, and who walked along.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    supervisor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"), index=True)
    day: Mapped[date]
    at: Mapped[datetime]
    # [step, mark, words] in the order of the steps
    steps: Mapped[list[list[str]]] = mapped_column(SealedJson("joint_visit.steps", is_list=True))
    # Steps done well, of those that were seen.
    well: Mapped[int]
    seen: Mapped[int]
    words: Mapped[str] = mapped_column(Sealed("joint_visit.words"), default="")
    # What was agreed on, and until when.
    action: Mapped[str] = mapped_column(Sealed("joint_visit.action"), default="")
    action_due: Mapped[date | None]
