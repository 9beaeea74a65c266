"""Tasks (任务): asked for by a person or by a case, done by somebody, each once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.tasks import done_problems, may_be_done, source_key
from server.errors import Conflict, FieldError, Invalid, NotFound
from server.models import Outlet, Task
from server.services import audit, notices
from server.services.alerts import raise_alert
from server.services.scopes import Within, check_outlets
from server.services.transaction import deed


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
    asked for again. Gives those that are new; whoever is to do some is told once."""
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
    for person_id, first in {task.assignee_id: task for task in reversed(made)}.items():
        if person_id is not None and person_id != by:
            theirs = sum(1 for task in made if task.assignee_id == person_id)
            notices.tell(session, [person_id], "task", f"task:{first.id}", {"tasks": theirs}, now)
    return made


@deed
def complete_task(
    session: Session,
    *,
    task_id: int,
    outcome: str,
    answers: Mapping[str, bool],
    note: str,
    within: Within,
    classes: Collection[str] | None,
    by: int,
    now: datetime,
) -> Task:
    """Write down what came of a task. A store that was told its route is closed raises an alarm: somebody says so who
    must not. Where nobody was reached, the task may be done once more.

    Errors: NotFound, also for an outlet of another territory or class; Conflict `task_done`; Invalid on `outcome` and
    `answers`."""
    task = locked_task(session, task_id)
    check_outlets(session, within, [task.outlet_id], classes)
    settle_task(session, task, Done(outcome, answers, note, by, now))
    audit.record(
        session, at=now, person_id=by, deed="task.done", subject=f"task:{task.id}", detail=told_of(task)
    )
    return task


@dataclass(frozen=True)
class Done:
    """What came of a task, and who says so when."""

    outcome: str
    answers: Mapping[str, bool]
    note: str
    by: int
    at: datetime


def locked_task(session: Session, task_id: int) -> Task:
    """Errors: NotFound."""
    task = session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if task is None:
        raise NotFound(subject=f"task:{task_id}")
    return task


def settle_task(session: Session, task: Task, done: Done) -> None:
    """What came of a task, within the caller's deed, whose audit entry tells of it. Errors: Conflict, Invalid."""
    if not may_be_done(task.state, task.outcome):
        raise Conflict("task_done")
    problems = done_problems(task.kind, done.outcome, done.answers)
    if problems:
        raise Invalid(errors=[FieldError(one.field, one.rule, one.params) for one in problems])
    task.state, task.outcome, task.answers, task.note = "done", done.outcome, dict(done.answers), done.note
    task.done_by, task.done_at = done.by, done.at
    if done.outcome == "told_route_closed":
        _sound_closed(session, task, done.at)


def told_of(task: Task) -> dict[str, object]:
    """What the audit says of a task: ids and codes only."""
    return {"kind": task.kind, "outcome": task.outcome, "outlet": task.outlet_id, "source": task.source}


def _sound_closed(session: Session, task: Task, now: datetime) -> None:
    code, secrecy = session.execute(
        select(Outlet.code, Outlet.secrecy).where(Outlet.id == task.outlet_id)
    ).one()
    # Alerts are read by roles that do not see an outlet of a stricter class: for them its number is enough.
    named = {"code": code} if secrecy == "normal" else {}
    raise_alert(
        session, kind="call_back.route_closed", subject=f"outlet:{task.outlet_id}", at=now, severity="alarm",
        detail={"task": task.id, "source": task.source, "person": task.person_id, **named},
    )  # fmt: skip
