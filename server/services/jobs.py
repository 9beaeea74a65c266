"""Jobs: asked for, claimed by one worker, told about, ended. The row is the truth; the queue only wakes workers."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from server.domain.daybook import iso
from server.domain.jobs import ENDED, SILENT_AFTER, after_silence, with_line
from server.errors import Conflict, NotFound
from server.models import Job
from server.services import audit
from server.services.transaction import deed

LIST_LIMIT = 100


class Cancelled(Exception):
    """Somebody asked to cancel the job while it ran."""


class Lost(Exception):
    """The job is no longer this worker's: it was taken for dead, and another has it."""


@dataclass(frozen=True)
class Claimed:
    """A job in a worker's hands."""

    id: int
    kind: str
    parameters: Mapping[str, object]
    asked_by: int | None
    worker: str


class Report(Protocol):
    """How a job tells how far it is; it raises Cancelled or Lost where the job must end."""

    def now(self) -> datetime: ...

    def say(self, *, progress: int | None = None, words: str = "", detail: str = "") -> None: ...

    def watch(self, process: subprocess.Popen[str]) -> None:
        """Kill this process when the job must end."""


def find_jobs(session: Session, *, asked_by: int | None = None) -> list[Job]:
    """The newest first; with `asked_by` only that person's."""
    query = select(Job).order_by(Job.id.desc()).limit(LIST_LIMIT)
    if asked_by is not None:
        query = query.where(Job.asked_by == asked_by)
    return list(session.scalars(query))


def get_job(session: Session, job_id: int) -> Job:
    job = session.get(Job, job_id)
    if job is None:
        raise NotFound
    return job


def find_due(session: Session, *, now: datetime, silent: timedelta = SILENT_AFTER) -> list[int]:
    """Ids of the jobs that nobody has, or whose worker fell silent, the oldest first."""
    query = select(Job.id).where(_due(now, silent)).order_by(Job.id).limit(LIST_LIMIT)
    return list(session.scalars(query))


def _due(now: datetime, silent: timedelta) -> ColumnElement[bool]:
    lost = and_(Job.state == "running", or_(Job.beat_at.is_(None), Job.beat_at < now - silent))
    return or_(Job.state == "waiting", lost)


def cancel_is_asked(session: Session, job_id: int) -> bool:
    """Asked each second while a job runs, so it must cost nothing."""
    asked = session.scalar(select(Job.cancel_asked).where(Job.id == job_id))
    session.rollback()
    return bool(asked)


@deed
def ask(
    session: Session,
    *,
    kind: str,
    parameters: Mapping[str, object],
    now: datetime,
    by: int | None,
    again_of: int | None = None,
) -> Job:
    """Write down what is to be done. Whoever asks wakes the workers once this is committed."""
    job = add_job(session, kind=kind, parameters=parameters, now=now, by=by, again_of=again_of)
    audit.record(
        session, at=now, person_id=by, deed="job.ask", subject=f"job:{job.id}", detail={"kind": kind}
    )
    return job


def add_job(
    session: Session,
    *,
    kind: str,
    parameters: Mapping[str, object],
    now: datetime,
    by: int | None,
    again_of: int | None = None,
) -> Job:
    """What follows of itself from a deed, written down within it: workers find it once it is committed."""
    job = Job(
        kind=kind, parameters=dict(parameters), asked_by=by, asked_at=now, words="waiting", again_of=again_of
    )
    session.add(job)
    session.flush()
    return job


@deed
def claim(
    session: Session,
    *,
    worker: str,
    now: datetime,
    job_id: int | None = None,
    silent: timedelta = SILENT_AFTER,
) -> Claimed | None:
    """Take a waiting job, or one whose worker fell silent: the one named, else the oldest. None: nothing to do.

    Two workers that ask at once never get the same one: SQLite has one writer, PostgreSQL skips rows that are locked.
    """
    query = select(Job).where(_due(now, silent)).order_by(Job.id)
    if job_id is not None:
        query = query.where(Job.id == job_id)
    job = session.scalars(query.limit(1).with_for_update(skip_locked=True)).one_or_none()
    if job is None:
        return None
    if job.state == "running" and after_silence(job.attempts) == "failed":
        _end(session, job, "failed", "worker_lost", now)
        return None
    if job.state == "running":
        job.log = with_line(job.log, iso(now), "taken_back", job.worker)
    job.state, job.words, job.progress = "running", "started", 0
    job.attempts += 1
    job.worker, job.started_at, job.beat_at = worker, now, now
    job.log = with_line(job.log, iso(now), "claimed", worker)
    audit.record(
        session, at=now, person_id=job.asked_by, deed="job.claim", subject=f"job:{job.id}",
        detail={"kind": job.kind, "attempt": job.attempts},
    )  # fmt: skip
    return Claimed(job.id, job.kind, dict(job.parameters), job.asked_by, worker)


@deed
def tell(
    session: Session,
    *,
    claimed: Claimed,
    now: datetime,
    progress: int | None = None,
    words: str = "",
    detail: str = "",
) -> None:
    """Say that the worker is alive, and how far it is. Errors: Cancelled where somebody asked for it, Lost where the
    job has gone to another worker."""
    job = _mine(session, claimed)
    if job.cancel_asked:
        raise Cancelled
    job.beat_at = now
    if progress is not None:
        job.progress = max(job.progress, min(progress, 99))
    if words:
        job.words = words
        job.log = with_line(job.log, iso(now), words, detail)


@deed
def finish(session: Session, *, claimed: Claimed, result: str, now: datetime) -> None:
    """The job's deed is done."""
    job = _mine(session, claimed)
    job.result, job.progress = result, 100
    _end(session, job, "done", "done", now)


@deed
def fail(session: Session, *, claimed: Claimed, words: str, detail: str, now: datetime) -> None:
    """The job's deed was refused or broke; it can be run again."""
    job = _mine(session, claimed)
    job.log = with_line(job.log, iso(now), "why", detail)
    _end(session, job, "failed", words, now)


@deed
def stop(session: Session, *, claimed: Claimed, now: datetime) -> None:
    """The worker has let go because somebody asked for it."""
    _end(session, _mine(session, claimed), "cancelled", "cancelled", now)


@deed
def give_back(session: Session, *, claimed: Claimed, now: datetime) -> None:
    """The worker goes home: the job waits for the next one, and this attempt does not count."""
    job = _mine(session, claimed)
    job.state, job.words, job.attempts = "waiting", "waiting", job.attempts - 1
    job.log = with_line(job.log, iso(now), "given_back", claimed.worker)


@deed
def cancel(session: Session, *, job_id: int, now: datetime, by: int | None) -> Job:
    """Cancel a job: at once where it waits, soon where it runs. Errors: Conflict when it has ended."""
    job = _locked(session, job_id)
    if job.state in ENDED:
        raise Conflict("job_ended")
    job.cancel_asked = True
    audit.record(session, at=now, person_id=by, deed="job.cancel", subject=f"job:{job_id}")
    if job.state == "waiting":
        _end(session, job, "cancelled", "cancelled", now)
    return job


@deed
def run_again(session: Session, *, job_id: int, now: datetime, by: int | None) -> Job:
    """Ask for the same once more. Errors: Conflict while it still waits or runs."""
    job = get_job(session, job_id)
    if job.state not in ENDED:
        raise Conflict("job_running")
    return ask(kind=job.kind, parameters=job.parameters, now=now, by=by, again_of=job.id)


def _locked(session: Session, job_id: int) -> Job:
    job = session.scalars(select(Job).where(Job.id == job_id).with_for_update()).one_or_none()
    if job is None:
        raise NotFound
    return job


def _mine(session: Session, claimed: Claimed) -> Job:
    job = _locked(session, claimed.id)
    if job.state != "running" or job.worker != claimed.worker:
        raise Lost
    return job


def _end(session: Session, job: Job, state: str, words: str, now: datetime) -> None:
    job.state, job.words, job.ended_at = state, words, now
    job.log = with_line(job.log, iso(now), words)
    audit.record(
        session, at=now, person_id=job.asked_by, deed="job.end", subject=f"job:{job.id}",
        detail={"kind": job.kind, "state": state, "words": words},
    )  # fmt: skip
