"""A proposal: asked for by a person, computed by the planner in a process of its own, stored as the next version."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from server.domain.plans import Line
from server.errors import Conflict, FieldError, Invalid
from server.extensions import db
from server.models import Job, Plan, PlanVersion
from server.services import audit, jobs
from server.services.jobs import Claimed, Report
from server.services.plans.board import Board, BoardKeeper
from server.services.plans.process import converse
from server.services.plans.task import KINDS, Task, task_as_json
from server.services.plans.versions import add_version, get_board, get_plan, get_version, lock_plan
from server.services.scopes import Within
from server.services.transaction import deed

PROCESS = "server.services.plans.planner_process"
MOST_SECONDS = 1_800


class PlannerRefused(Conflict):
    """The planner said no, in its own words."""

    code = "planner_refused"


@deed
def ask_proposal(
    session: Session,
    *,
    version_id: int,
    kind: str,
    seconds: float,
    within: Within,
    now: datetime,
    by: int | None,
) -> Job:
    """Ask the planner to go on from a version. Errors: Conflict while another proposal for the plan is under way."""
    plan, version = get_version(session, version_id, within)
    if kind not in KINDS:
        raise Invalid(errors=[FieldError("kind", "one_of", {"allowed": ", ".join(KINDS)})])
    lock_plan(session, plan.id)
    job = session.get(Job, plan.job_id) if plan.job_id else None
    if job is not None and job.state in ("waiting", "running"):
        raise Conflict("plan_busy")
    asked = jobs.ask(
        kind="plans.propose",
        parameters={"version_id": version.id, "kind": kind, "seconds": min(seconds, MOST_SECONDS), "seed": 1},
        now=now,
        by=by,
    )
    plan.job_id = asked.id
    return asked


@deed
def cancel_proposal(session: Session, *, plan_id: int, within: Within, now: datetime, by: int | None) -> None:
    """Stop the planner's work on a plan, whoever asked for it. Errors: Conflict where there is none."""
    plan = get_plan(session, plan_id, within)
    if plan.job_id is None:
        raise Conflict("job_ended")
    jobs.cancel(job_id=plan.job_id, now=now, by=by)


def propose(report: Report, claimed: Claimed) -> None:
    """The job: load, let the planner's process compute, price, store, all told."""
    session = db.session()
    words = claimed.parameters
    version = session.get_one(PlanVersion, int(str(words["version_id"])))
    plan = session.get_one(Plan, version.plan_id)
    report.say(progress=1, words="gathering")
    board = get_board(session, BoardKeeper(), plan, version)
    task = task_of(board, str(words["kind"]), float(str(words["seconds"])), int(str(words.get("seed", 1))))
    plan_id, locked = plan.id, board.locked
    session.rollback()  # nothing is held while the planner computes
    lines = compute(task, report)
    report.say(progress=95, words="pricing")
    made = Board(board.facts, lines, locked)
    store_proposal(claimed=claimed, plan_id=plan_id, kind=task.kind, board=made, now=report.now())


def task_of(board: Board, kind: str, seconds: float, seed: int) -> Task:
    """The planner's task. Stores on no route are the planner's where it divides anew, else they stay away."""
    facts = board.facts
    on_routes = {line.outlet_id for lines in board.lines.values() for line in lines}
    outlets = {
        outlet_id: replace(outlet, name="", code="")
        for outlet_id, outlet in facts.outlets.items()
        if outlet_id in on_routes or (kind == "territory" and outlet.placed)
    }
    return Task(
        kind=kind, terms=facts.terms, outlets=outlets, route_ids=list(facts.routes), lines=board.all_lines(),
        locked=board.locked, seconds=seconds, seed=seed,
    )  # fmt: skip


def compute(task: Task, report: Report) -> list[Line]:
    """Let the planner's process work. Errors: PlannerRefused."""
    with closing(converse(PROCESS, task_as_json(task), report)) as messages:
        for message in messages:
            if "lines" in message:
                return [Line(*fields) for fields in message["lines"]]
            if "refused" in message:
                report.say(words="planner_refused", detail=str(message["refused"]))
                raise PlannerRefused
            report.say(
                progress=5 + round(90 * message["share"]), words=message["stage"], detail=message["detail"]
            )
    raise PlannerRefused


@deed
def store_proposal(
    session: Session, *, claimed: Claimed, plan_id: int, kind: str, board: Board, now: datetime
) -> None:
    """The proposal becomes the plan's next version, and the job is done: both or neither, so that a worker that was
    taken for dead cannot store a second one."""
    plan = lock_plan(session, plan_id)
    version = add_version(
        session, plan, kind, board.all_lines(), board.totals(), board.locked, now=now, by=claimed.asked_by
    )
    audit.record(
        session, at=now, person_id=claimed.asked_by, deed="plan.propose", subject=f"plan_version:{version.id}",
        detail={"plan": plan_id, "kind": kind, "stores": len(board.moves())},
    )  # fmt: skip
    jobs.finish(claimed=claimed, result=f"plan_version:{version.id}", now=now)
