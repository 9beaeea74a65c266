"""Proposals for a leaver's stores: the routes whole to a successor, spread to the neighbours, or a cascade. Each is a
version of one plan, so that it is seen, edited and locked on the planning board before it is accepted."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.departures import KNOWS_FOR, departs_on
from server.domain.plans import Edit, PlanTerms
from server.errors import Conflict
from server.extensions import db
from server.models import Departure, DepartureProposal, Job, Person, Plan, PlanVersion, Visit
from server.services import audit, jobs
from server.services.assignments import find_assignments
from server.services.departures.held import find_held_routes
from server.services.departures.opening import lock_case
from server.services.departures.question import Answer, Question, as_json, question_of
from server.services.jobs import Claimed, Report
from server.services.plans.board import Board
from server.services.plans.facts import load_facts, start_of
from server.services.plans.process import converse
from server.services.plans.versions import add_version, lock_plan, make_plan
from server.services.scopes import Within
from server.services.transaction import deed

PROCESS = "server.services.departures.planner_process"
SECONDS = 5.0
MOVED_AT_ONCE = 500


@deed
def ask_proposals(
    session: Session, *, departure_id: int, within: Within, today: date, now: datetime, by: int
) -> Job:
    """Ask for proposals from the day after the last one on. Errors: NotFound; Conflict `departure_state`, `plan_busy`,
    `no_stores_held`, `several_territories`."""
    row = lock_case(session, departure_id, within)
    if row.state != "open":
        raise Conflict("departure_state")
    job = session.get(Job, row.job_id) if row.job_id else None
    if job is not None and job.state in ("waiting", "running"):
        raise Conflict("plan_busy")
    territories = {
        one.territory_id for one in find_held_routes(session, row.person_id, now) if one.role == "rep"
    }
    if not territories:
        raise Conflict("no_stores_held")
    if len(territories) > 1:
        raise Conflict("several_territories")
    person = session.get_one(Person, row.person_id)
    row.plan_id = make_plan(
        territory_id=territories.pop(), name=f"{person.name} · {row.id}", starts_on=departs_on(row.last_day, today),
        terms=PlanTerms(), within=within, now=now, by=by,
    )  # fmt: skip
    asked = jobs.ask(
        kind="departures.propose", parameters={"departure_id": row.id, "seconds": SECONDS}, now=now, by=by
    )
    row.job_id = asked.id
    return asked


@dataclass(frozen=True)
class Ground:
    """All that the proposals are made from."""

    departure_id: int
    plan_id: int
    board: Board
    leaving: frozenset[int]
    taking: frozenset[int]
    familiar: Mapping[int, Mapping[int, float]]


def propose(report: Report, claimed: Claimed) -> None:
    """The job: load, let the planner's process answer twice, price on the board, store, all told."""
    session = db.session()
    report.say(progress=1, words="gathering")
    ground = load_ground(session, int(str(claimed.parameters["departure_id"])), report.now())
    seconds = float(str(claimed.parameters["seconds"]))
    session.rollback()  # nothing is held while the planner computes
    made: list[tuple[str, Board, dict[str, object]]] = [
        ("hire", ground.board, figures_of(ground, ground.board, None))
    ]
    for number, kind in enumerate(("spread", "cascade")):
        report.say(progress=10 + 40 * number, words="routing", detail=kind)
        found = compute(asked_of(ground, seconds, cascade=kind == "cascade"), report)
        if found is not None:
            board = with_moves(ground.board, found.taken)
            made.append((kind, board, figures_of(ground, board, found)))
    report.say(progress=95, words="pricing")
    store(claimed=claimed, ground=ground, made=made, now=report.now())


def load_ground(session: Session, departure_id: int, now: datetime) -> Ground:
    """The case's plan on a board, who leaves and who may take over, and who knows which store."""
    row = session.get_one(Departure, departure_id)
    plan = session.get_one(Plan, row.plan_id)
    facts = load_facts(session, plan)
    leaving = {one.route_id for one in find_held_routes(session, row.person_id, now) if one.role == "rep"}
    holders = rep_of_routes(session, list(facts.routes), start_of(session, plan))
    active = set(
        session.scalars(select(Person.id).where(Person.id.in_(holders.values()), Person.status == "active"))
    )
    taking = {route for route, who in holders.items() if who in active and who != row.person_id} - leaving
    return Ground(
        row.id, plan.id, Board(facts, facts.today, ()), frozenset(leaving), frozenset(taking),
        _familiar(session, list(facts.outlets), holders, now),
    )  # fmt: skip


def rep_of_routes(session: Session, route_ids: Sequence[int], at: datetime) -> dict[int, int]:
    """Route → who holds it as rep of their own at an instant."""
    found = find_assignments(session, route_ids=route_ids, at=at)
    return {one.route_id: one.holder_id for one in found if one.role == "rep" and one.kind == "regular"}


def _familiar(
    session: Session, outlet_ids: Sequence[int], holders: Mapping[int, int], now: datetime
) -> dict[int, dict[int, float]]:
    """Outlet → route → how well who walks it knows the store: three visits in 180 days are all of it."""
    routes: dict[int, list[int]] = {}
    for route, who in holders.items():
        routes.setdefault(who, []).append(route)
    known: dict[int, dict[int, float]] = {}
    for start in range(0, len(outlet_ids), 500):
        rows = session.execute(
            select(Visit.outlet_id, Visit.person_id, func.count())
            .where(
                Visit.outlet_id.in_(outlet_ids[start : start + 500]),
                Visit.person_id.in_(routes),
                Visit.checked_in_at >= now - KNOWS_FOR,
            )
            .group_by(Visit.outlet_id, Visit.person_id)
        )
        for outlet_id, person_id, visits in rows:
            for route in routes[person_id]:
                known.setdefault(outlet_id or 0, {})[route] = min(visits / 3, 1.0)
    return known


def asked_of(ground: Ground, seconds: float, *, cascade: bool) -> Question:
    facts = ground.board.facts
    return question_of(
        facts.today, facts.outlets, facts.terms, ground.leaving, ground.taking, ground.familiar,
        cascade=cascade, seconds=seconds,
    )  # fmt: skip


def compute(question: Question, report: Report) -> Answer | None:
    """Let the planner's process answer; None where nobody can take the stores."""
    if not question.room:
        return None
    refusal = "the planner ended without a word"
    with closing(converse(PROCESS, as_json(question), report)) as messages:
        for words in messages:
            if "refused" not in words:
                taken = {int(outlet): int(route) for outlet, route in words["taken"]}
                return Answer(taken, words["cost"], words["bound"], words["gap"])
            refusal = str(words["refused"])
    report.say(words="planner_refused", detail=refusal[:200])
    return None


def with_moves(board: Board, taken: Mapping[int, int]) -> Board:
    """A board of its own on which the stores lie on the routes that take them, on the weekdays that they have."""
    made = Board(board.facts, board.facts.today, ())
    by_route: dict[int, list[int]] = {}
    for outlet_id, route_id in sorted(taken.items()):
        by_route.setdefault(route_id, []).append(outlet_id)
    for route_id, outlets in by_route.items():
        for start in range(0, len(outlets), MOVED_AT_ONCE):
            made.apply(Edit("move", tuple(outlets[start : start + MOVED_AT_ONCE]), route_id=route_id))
    return made


def figures_of(ground: Ground, board: Board, found: Answer | None) -> dict[str, object]:
    """What the page shows beside a proposal, priced on the board: with the real order of each day."""
    route_of = {line.outlet_id: line.route_id for line in board.all_lines()}
    own = {line.outlet_id for line in board.facts.today if line.route_id in ground.leaving}
    moved = set(found.taken) if found else set()
    knows = [ground.familiar.get(one, {}).get(route_of[one], 0.0) for one in sorted(moved) if one in route_of]
    days = {(line.outlet_id, line.weekday) for line in board.facts.today if line.outlet_id in own | moved}
    kept = days & {(line.outlet_id, line.weekday) for line in board.all_lines()}
    totals, today = board.totals(), board.today_totals()
    return {
        "stores": len(own), "moved": len(moved) if found else len(own),
        "receivers": len({route_of[one] for one in moved if one in route_of}) if found else 1,
        "travel_before": today["travel"], "travel_after": totals["travel"], "balance": totals["balance"],
        "over": int(totals["over"]),
        "weekdays_kept": round(len(kept) / len(days), 4) if days else 1.0,
        "familiarity": round(sum(knows) / len(knows), 4) if knows else 0.0 if found else None,
        "cost": round(found.cost, 2) if found else None,
        "bound": round(found.bound, 2) if found else None,
        "gap": round(found.gap, 5) if found else None,
    }  # fmt: skip


@deed
def store(
    session: Session,
    *,
    claimed: Claimed,
    ground: Ground,
    made: Sequence[tuple[str, Board, dict[str, object]]],
    now: datetime,
) -> None:
    """The proposals become versions of the plan and lines of the case, and the job is done: all or nothing."""
    plan = lock_plan(session, ground.plan_id)
    for kind, board, figures in made:
        if kind == "hire":
            version = session.scalars(
                select(PlanVersion).where(PlanVersion.plan_id == plan.id, PlanVersion.number == 1)
            ).one()
        else:
            version = add_version(
                session, plan, kind, board.all_lines(), board.totals(), (), now=now, by=claimed.asked_by
            )
        session.add(
            DepartureProposal(
                departure_id=ground.departure_id, kind=kind, version_id=version.id, made_at=now,
                made_by=claimed.asked_by, figures=figures,
            )
        )  # fmt: skip
    audit.record(
        session, at=now, person_id=claimed.asked_by, deed="departure.propose",
        subject=f"departure:{ground.departure_id}", detail={"plan": plan.id, "proposals": len(made)},
    )  # fmt: skip
    jobs.finish(claimed=claimed, result=f"departure:{ground.departure_id}", now=now)
