"""Tasks (任务) at outlets: asked for, drawn as a sample, done, taken back."""

import secrets
from datetime import date, timedelta
from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires, seen, within
from server.errors import NotFound
from server.extensions import clock, db
from server.schemas.cases import MadeSchema
from server.schemas.tasks import (
    NewTaskSchema,
    SampleAskedSchema,
    SampleSchema,
    TaskDoneSchema,
    TaskQuerySchema,
    TaskSchema,
)
from server.services import scopes, task_room
from server.services.task_room import TaskFilter
from server.services.tasks import NewTask, complete_task

blueprint = Blueprint("tasks", __name__, url_prefix="/api/v1/tasks", description="Tasks")
DESK = frozenset({"supervisor", "manager", "administrator"})
# What a rep finds in a list of tasks; a store that is kept closer is told them by its card.
BY_REP = frozenset({"normal"})
SEEDS = 1_000_000
# A spot check is worth something while the shelf still looks as it did.
CHECKED_WITHIN = timedelta(days=2)


@blueprint.get("")
@requires("tasks.read")
@blueprint.arguments(TaskQuerySchema, location="query")
@blueprint.response(200, TaskSchema(many=True))
def list_tasks(query: dict[str, Any]) -> object:
    """Tasks of one's territories, the most overdue first; a rep's own only."""
    wanted = TaskFilter(**query, only=is_rep())
    return task_room.find_tasks(
        db.session(), wanted, person_id=me().person_id, today=me().found.day, **reach()
    )


@blueprint.post("")
@requires("tasks.write")
@blueprint.arguments(NewTaskSchema)
@blueprint.response(201, MadeSchema)
def ask_task(values: dict[str, Any]) -> object:
    """Ask for a task at an outlet."""
    session = db.session()
    scopes.check_outlets(session, within(), [values["outlet_id"]], seen())
    return {"id": task_room.ask_task(wish=NewTask(**values), by=me().person_id, now=clock.now())}


@blueprint.post("/sample")
@requires("tasks.write")
@blueprint.arguments(SampleAskedSchema)
@blueprint.response(201, SampleSchema)
def draw_sample(values: dict[str, Any]) -> object:
    """Draw visits for a spot check, half by risk and half by chance; the seed draws the same again."""
    seed = secrets.randbelow(SEEDS) if values["seed"] is None else values["seed"]
    first, last = span_of(values["span"], me().found.day)
    drawn = task_room.draw_tasks(
        first=first, last=last, wanted=values["wanted"], seed=seed, within=within(), classes=seen(),
        by=me().person_id, now=clock.now(), due=me().found.day + CHECKED_WITHIN,
    )  # fmt: skip
    return {"seed": seed, "first": first, "last": last, "drawn": drawn}


@blueprint.post("/<int:task_id>/complete")
@requires("tasks.do")
@blueprint.arguments(TaskDoneSchema)
@blueprint.response(204)
def complete(values: dict[str, Any], task_id: int) -> None:
    """Say what came of a task; done once, and again only where nobody was reached."""
    check_task(task_id)
    complete_task(task_id=task_id, **values, **reach(), by=me().person_id, now=clock.now())


@blueprint.post("/<int:task_id>/cancel")
@requires("tasks.write")
@blueprint.response(204)
def cancel(task_id: int) -> None:
    """Take back a task that was not done."""
    check_task(task_id)
    task_room.cancel_task(task_id=task_id, by=me().person_id, now=clock.now())


def is_rep() -> bool:
    """Whether somebody sees their own tasks only."""
    return DESK.isdisjoint(me().roles)


def reach() -> dict[str, Any]:
    """Territories and classes within which somebody sees tasks. A rep sees their own, wherever the store lies."""
    return {"within": None, "classes": BY_REP} if is_rep() else {"within": within(), "classes": seen()}


def check_task(task_id: int) -> None:
    """Errors: NotFound, also for a task in another territory or class, or of somebody else where one is a rep."""
    session = db.session()
    task = task_room.get_task(session, task_id)
    if is_rep() and task.assignee_id != me().person_id:
        raise NotFound(subject=f"task:{task_id}")
    scopes.check_outlets(session, outlet_ids=[task.outlet_id], **reach())


def span_of(span: str, today: date) -> tuple[date, date]:
    """Both days included: yesterday, or the last seven days: on a Monday a week from Monday on would be empty."""
    if span == "yesterday":
        return today - timedelta(days=1), today - timedelta(days=1)
    return today - timedelta(days=6), today
