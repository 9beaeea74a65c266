"""Tasks (任务): asked for by a person or by a case, done by somebody, each once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.tasks import source_key
from server.models import Task


@dataclass(frozen=True)
class NewTask:
    """What is to be done at an outlet, about whose work, by whom (None: whoever supervises), until when."""

    kind: str
    outlet_id: int
    due: date | None
    source: str = ""
    person_id: int | None = None
    assignee_id: int | None = None
    why: Mapping[str, object] = field(default_factory=dict)


def add_tasks(session: Session, wanted: Collection[NewTask], *, by: int | None, now: datetime) -> list[Task]:
    """Write tasks down within the caller's deed, whose audit entry tells of them; what a source asked for before is not
    asked for again. Gives those that are new."""
    keys = {key: one for one in wanted if (key := source_key(one.source, one.kind, one.outlet_id))}
    known = set(session.scalars(select(Task.source_key).where(Task.source_key.in_(list(keys)))))
    free = [one for one in wanted if not one.source]
    made = [
        Task(
            kind=one.kind, outlet_id=one.outlet_id, person_id=one.person_id, assignee_id=one.assignee_id,
            due=one.due, source=one.source, source_key=source_key(one.source, one.kind, one.outlet_id),
            why=dict(one.why), created_by=by, created_at=now,
        )
        for one in [*(one for key, one in keys.items() if key not in known), *free]
    ]  # fmt: skip
    session.add_all(made)
    session.flush()
    return made
