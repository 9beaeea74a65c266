"""Tasks (任务): what somebody goes and does at an outlet besides the planned calls, and what came of it."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base
from server.models.sealed import Sealed


class Task(Base):
    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_assignee", "assignee_id", "state", "due"),
        Index("ix_task_outlet", "outlet_id", "state"),
        Index("ix_task_state", "state", "due"),
        Index("ix_task_source", "source"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # domain.tasks.KINDS
    kind: Mapped[str] = mapped_column(String(16))
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"))
    # Whose work is looked at or followed up, where it is somebody's.
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    # Nobody yet: whoever supervises the territory takes it.
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due: Mapped[date | None]
    # open | done | cancelled
    state: Mapped[str] = mapped_column(String(16), default="open")
    # noun:id of what asked for it, as in "departure:3"; empty for a person's own wish.
    source: Mapped[str] = mapped_column(String(80), default="")
    # Source, kind and outlet, so that the same thing is asked for once; empty for a person's own wish.
    source_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    # Why, as codes and counts; never personal content.
    why: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    # What came of it: one of the kind's outcomes, the answers by question, and words.
    outcome: Mapped[str] = mapped_column(String(24), default="")
    answers: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(Sealed("task.note"), default="")
    done_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    done_at: Mapped[datetime | None]
