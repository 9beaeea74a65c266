"""Work that takes longer than an answer: asked for once, done by one worker, its state kept here and nowhere else."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class Job(Base):
    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_state", "state", "beat_at"),
        Index("ix_job_asked_by", "asked_by", "id"),
        Index("ix_job_kind", "kind", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # noun.verb, as in "plans.propose": which deed a worker does.
    kind: Mapped[str] = mapped_column(String(40))
    # waiting | running | done | failed | cancelled
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    # 0 to 100
    progress: Mapped[int] = mapped_column(default=0)
    # The stage it is at, or why it failed: a key whose words the desk knows.
    words: Mapped[str] = mapped_column(String(80), default="")
    # [[instant, key, detail], …], the newest last, bounded (services.jobs.LOG_LINES).
    log: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    parameters: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    # What it made, as "noun:id".
    result: Mapped[str] = mapped_column(String(80), default="")
    cancel_asked: Mapped[bool] = mapped_column(default=False)
    # How often a worker has begun it, and which one has it.
    attempts: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str] = mapped_column(String(80), default="")
    started_at: Mapped[datetime | None]
    # When its worker last said that it is alive; a job whose worker fell silent is taken back.
    beat_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    # The job that this one repeats.
    again_of: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
