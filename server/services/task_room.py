"""The room of tasks: who sees which, the sample of a spot check, and what a phone says it did."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from server.domain.masking import mask_phone
from server.domain.operation_bodies import TaskDone
from server.domain.operations import Unacceptable
from server.domain.secrecy import seen_at_desk
from server.domain.tasks import Candidate, Drawn, draw_sample, is_late, risks_of
from server.errors import Conflict, FieldError, Invalid, NotFound
from server.models import Contact, Outlet, Person, Task, Visit
from server.services import audit
from server.services.accounts import SUPERVISING, check_seen
from server.services.captured import Captured, Effect
from server.services.field_facts import FieldFacts, day_of
from server.services.scopes import Within, territories_of
from server.services.tasks import Done, NewTask, add_tasks, locked_task, settle_task, told_of
from server.services.transaction import deed

PAGE = 200
MOST_CANDIDATES = 20_000


@dataclass(frozen=True)
class TaskFilter:
    """Which tasks. `mine`: the person's own and those that nobody has yet; `only`: the person's own alone."""

    state: str = "open"
    kind: str | None = None
    territory_id: int | None = None
    mine: bool = False
    only: bool = False


@dataclass(frozen=True)
class TaskView:
    """A task as the lists and the phone show it, with what of the card it needs. Numbers are masked."""

    id: int
    kind: str
    outlet_id: int
    outlet: str
    outlet_en: str
    address: str
    latitude: float | None
    longitude: float | None
    hours: list[list[int]]
    person: str
    assignee_id: int | None
    assignee: str
    due: date | None
    late: bool
    state: str
    why: dict[str, Any]
    outcome: str
    answers: dict[str, Any]
    note: str
    done_by: str
    done_at: datetime | None
    contacts: list[dict[str, Any]] = field(default_factory=list)


def find_tasks(
    session: Session,
    wanted: TaskFilter,
    *,
    person_id: int,
    today: date,
    within: Within,
    classes: Collection[str],
) -> list[TaskView]:
    """Tasks at outlets of these territories and classes, the most overdue first; at most 200. Open are those too where
    nobody was reached. Two queries."""
    about, assignee, doer = aliased(Person), aliased(Person), aliased(Person)
    query = (
        select(Task, Outlet, about.name, assignee.name, doer.name)
        .join(Outlet, Outlet.id == Task.outlet_id)
        .outerjoin(about, about.id == Task.person_id)
        .outerjoin(assignee, assignee.id == Task.assignee_id)
        .outerjoin(doer, doer.id == Task.done_by)
        .where(_state(wanted.state), Outlet.secrecy.in_(classes))
        .limit(PAGE)
    )
    if wanted.state == "open":
        query = query.order_by(Task.due.is_(None), Task.due, Task.id)
    else:
        query = query.order_by(Task.done_at.desc(), Task.id.desc())
    if wanted.only:
        query = query.where(Task.assignee_id == person_id)
    elif wanted.mine:
        query = query.where(or_(Task.assignee_id == person_id, Task.assignee_id.is_(None)))
    if wanted.kind is not None:
        query = query.where(Task.kind == wanted.kind)
    if wanted.territory_id is not None:
        query = query.where(Outlet.territory_id == wanted.territory_id)
    if within is not None:
        query = query.where(or_(Outlet.territory_id.is_(None), Outlet.territory_id.in_(within)))
    rows = session.execute(query).all()
    contacts = _contacts(session, {task.outlet_id for task, *_ in rows})
    return [_view(*row, today, contacts.get(row[0].outlet_id, [])) for row in rows]


def _state(state: str) -> ColumnElement[bool]:
    again = and_(Task.state == "done", Task.outcome == "not_reached")
    return or_(Task.state == "open", again) if state == "open" else Task.state == state


def _view(
    task: Task, outlet: Outlet, about: str | None, assignee: str | None, doer: str | None, today: date,
    contacts: list[dict[str, Any]],
) -> TaskView:  # fmt: skip
    return TaskView(
        id=task.id, kind=task.kind, outlet_id=outlet.id, outlet=outlet.name, outlet_en=outlet.name_en,
        address=outlet.address, latitude=outlet.latitude, longitude=outlet.longitude, hours=outlet.hours,
        person=about or "", assignee_id=task.assignee_id, assignee=assignee or "", due=task.due,
        late=is_late(task.state, task.due, today), state=task.state, why=task.why, outcome=task.outcome,
        answers=task.answers, note=task.note, done_by=doer or "", done_at=task.done_at, contacts=contacts,
    )  # fmt: skip


def _contacts(session: Session, outlet_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    query = (
        select(Contact.outlet_id, Contact.id, Contact.name, Contact.role, Contact.phone)
        .where(Contact.outlet_id.in_(outlet_ids))
        .order_by(Contact.position, Contact.id)
        .limit(PAGE * 10)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in session.execute(query):
        shown = {"id": row.id, "name": row.name, "role": row.role, "phone": mask_phone(row.phone)}
        found.setdefault(row.outlet_id, []).append(shown)
    return found


def get_task(session: Session, task_id: int) -> Task:
    """Errors: NotFound."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound(subject=f"task:{task_id}")
    return task


# --- deeds ---------------------------------------------------------------------------------------------------


@deed
def ask_task(session: Session, *, wish: NewTask, by: int, now: datetime) -> int:
    """Ask for a task by hand; returns its id. Errors: NotFound; Invalid for an assignee who is not there."""
    if session.get(Outlet, wish.outlet_id) is None:
        raise NotFound(subject=f"outlet:{wish.outlet_id}")
    if wish.assignee_id is not None and not session.scalar(
        select(Person.id).where(Person.id == wish.assignee_id, Person.status == "active")
    ):
        raise Invalid(errors=[FieldError("assignee_id", "not_found")])
    (task,) = add_tasks(session, [wish], by=by, now=now)
    audit.record(
        session, at=now, person_id=by, deed="task.add", subject=f"task:{task.id}",
        detail={"kind": task.kind, "outlet": task.outlet_id, "assignee": task.assignee_id},
    )  # fmt: skip
    return task.id


@deed
def cancel_task(session: Session, *, task_id: int, by: int, now: datetime) -> None:
    """Take a task back that was not done. Errors: NotFound; Conflict `task_done`."""
    task = locked_task(session, task_id)
    if task.state != "open":
        raise Conflict("task_done")
    task.state, task.done_by, task.done_at = "cancelled", by, now
    audit.record(
        session, at=now, person_id=by, deed="task.cancel", subject=f"task:{task.id}", detail=told_of(task)
    )


@deed
def draw_tasks(
    session: Session,
    *,
    first: date,
    last: date,
    wanted: int,
    seed: int,
    within: Within,
    classes: Collection[str],
    by: int,
    now: datetime,
    due: date,
) -> list[Drawn]:
    """Draw a sample of the visits of these days and ask for a spot check of each; gives what was drawn. The same days
    and seed draw the same, and ask for nothing twice."""
    drawn = draw_sample(_candidates(session, first, last, within, classes), wanted, seed)
    made = add_tasks(
        session,
        [
            NewTask(
                "spot_check", one.candidate.outlet_id, due, source=f"sample:{first}:{last}:{seed}",
                person_id=one.candidate.person_id, assignee_id=by,
                why={"drawn": one.by, "risks": list(one.candidate.risks), "visit": one.candidate.visit, "seed": seed},
            )
            for one in drawn
        ],
        by=by,
        now=now,
    )  # fmt: skip
    audit.record(
        session, at=now, person_id=by, deed="task.sample", subject=f"sample:{seed}",
        detail={
            "first": first.isoformat(), "last": last.isoformat(), "seed": seed, "wanted": wanted,
            "drawn": len(drawn), "new": len(made),
        },
    )  # fmt: skip
    return drawn


def _candidates(
    session: Session, first: date, last: date, within: Within, classes: Collection[str]
) -> Sequence[Candidate]:
    query = (
        select(
            Visit.id, Visit.outlet_id, Visit.person_id, Visit.in_distance_m, Visit.in_accuracy_m,
            Visit.checked_in_at, Visit.checked_out_at, Visit.flags,
        )
        .join(Outlet, Outlet.id == Visit.outlet_id)
        .where(Visit.day.between(first, last), Outlet.status == "active", Outlet.secrecy.in_(classes))
        .order_by(Visit.id)
        .limit(MOST_CANDIDATES)
    )  # fmt: skip
    if within is not None:
        query = query.where(Outlet.territory_id.in_(within))
    return [
        Candidate(
            str(row.id), row.outlet_id, row.person_id,
            risks_of(
                distance_m=row.in_distance_m, accuracy_m=row.in_accuracy_m, came=row.checked_in_at,
                went=row.checked_out_at, copied="copied_count" in row.flags,
            ),
        )
        for row in session.execute(query)
    ]  # fmt: skip


def record_done(session: Session, captured: Captured, body: TaskDone, facts: FieldFacts) -> Effect:
    """What a phone says came of a task, by its assignee or by who supervises the store.

    Errors: Unacceptable `not_allowed` for a task of others, `invalid` for one that is done or for unfit answers."""
    try:
        task = locked_task(session, body.task_id)
    except NotFound:
        raise Unacceptable("not_allowed", "task_id", "not_found") from None
    day = day_of(captured.instant(captured.captured_at), facts.timezone)
    roles = facts.roles_on(day)
    if task.assignee_id != captured.person_id:
        if SUPERVISING.isdisjoint(roles):
            raise Unacceptable("not_allowed", "task_id", "not_found")
        within = territories_of(session, captured.person_id, roles, day)
        check_seen(session, within, task.outlet_id, seen_at_desk(roles))
    at = captured.instant(body.at)
    try:
        settle_task(session, task, Done(body.outcome, body.answers, body.note, captured.person_id, at))
    except Conflict as conflict:
        raise Unacceptable("invalid", "task_id", conflict.code) from None
    except Invalid as invalid:
        wrong = invalid.errors[0]
        raise Unacceptable("invalid", wrong.field, wrong.rule) from None
    return Effect("task.done", f"task:{task.id}", {"operation": str(captured.operation_id), **told_of(task)})
