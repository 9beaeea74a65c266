"""Joint visits (随访): whom a supervisor can walk with today, the forms, and their way in from the phone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from server.domain.joint_visits import total
from server.domain.operation_bodies import JointVisitRecord
from server.domain.operations import Unacceptable
from server.errors import NotFound
from server.models import JointVisit, Outlet, Person
from server.services.accounts import SUPERVISING, check_reach
from server.services.captured import Captured, Effect
from server.services.field_facts import FieldFacts, day_of
from server.services.live.today import T, due_of, held_of, open_board, today_of
from server.services.scopes import Within, check_person_within, people_within, territories_of

LISTED = 100
MOST_STOPS = 1000


@dataclass(frozen=True)
class StopToday:
    """A store that a rep is to visit today. `minute` of the day, where one is planned."""

    person_id: int
    person: str
    person_en: str
    outlet_id: int
    outlet: str
    outlet_en: str
    address: str
    minute: int | None


@dataclass(frozen=True)
class JointVisitView:
    """A coaching form. `outlet` is empty where the reader may not see it any more."""

    id: UUID
    person_id: int
    person: str
    supervisor: str
    outlet: str
    outlet_en: str
    day: date
    at: datetime
    steps: list[list[str]]
    well: int
    seen: int
    words: str
    action: str
    action_due: date | None


def find_stops(
    session: Session, within: Within, classes: frozenset[str], now: datetime, *, but: int
) -> list[StopToday]:
    """Today's stores of the reps of these territories, by rep in the order of the day; at most 1000. Not `but`'s."""
    board = open_board(session, within, classes, now)
    if not board.days:
        return []
    today = today_of(board)
    due, held, outlet, person = due_of(board, today), held_of(board, today), T["outlet"], T["person"]
    query = (
        sa.select(
            person.c.id, person.c.name, person.c.name_en, outlet.c.id, outlet.c.name, outlet.c.name_en,
            outlet.c.address, due.c.planned_minute,
        )
        .select_from(due)
        .join(held, held.c.route_id == due.c.route_id)
        .join(person, person.c.id == held.c.person_id)
        .join(outlet, outlet.c.id == due.c.outlet_id)
        .where(outlet.c.secrecy.in_(sorted(classes)), person.c.id != but)
        .order_by(person.c.id, due.c.route_id, due.c.seq, outlet.c.id)
        .limit(MOST_STOPS)
    )  # fmt: skip
    return [StopToday(*row) for row in session.execute(query)]


def find_joint_visits(
    session: Session, *, person_id: int | None, within: Within, classes: Collection[str]
) -> list[JointVisitView]:
    """Joint visits with the reps of these territories, the newest first; at most 100."""
    query = _query()
    if within is not None:
        query = query.where(JointVisit.person_id.in_(people_within(within)))
    if person_id is not None:
        query = query.where(JointVisit.person_id == person_id)
    return _views(session, query, classes)


def find_own(session: Session, person_id: int) -> list[JointVisitView]:
    """What supervisors told a rep, the newest first; at most 100. It was the rep's own visit: the store is named."""
    return _views(session, _query().where(JointVisit.person_id == person_id), None)


def _query() -> sa.Select[JointVisit, str, str, str, str, str]:
    rep, supervisor = aliased(Person), aliased(Person)
    return (
        select(JointVisit, rep.name, supervisor.name, Outlet.name, Outlet.name_en, Outlet.secrecy)
        .join(rep, rep.id == JointVisit.person_id)
        .join(supervisor, supervisor.id == JointVisit.supervisor_id)
        .join(Outlet, Outlet.id == JointVisit.outlet_id)
        .order_by(JointVisit.at.desc(), JointVisit.id)
        .limit(LISTED)
    )


def _views(
    session: Session,
    query: sa.Select[JointVisit, str, str, str, str, str],
    classes: Collection[str] | None,
) -> list[JointVisitView]:
    found = []
    for one, rep, supervisor, name, name_en, secrecy in session.execute(query):
        is_seen = classes is None or secrecy in classes
        found.append(
            JointVisitView(
                one.id, one.person_id, rep, supervisor, name if is_seen else "", name_en if is_seen else "",
                one.day, one.at, one.steps, one.well, one.seen, one.words, one.action, one.action_due,
            )
        )  # fmt: skip
    return found


def record(session: Session, captured: Captured, body: JointVisitRecord, facts: FieldFacts) -> Effect:
    """Keep a coaching form, once. It is no visit: no table of visits and no figure knows it.

    Errors: Unacceptable `unknown_outlet`, `key_reuse`; `not_allowed` for oneself or somebody of other territories."""
    check_reach(session, captured, facts, body.outlet_id)
    at = captured.instant(body.at)
    roles = facts.roles_on(day_of(captured.instant(captured.captured_at), facts.timezone))
    if body.person_id == captured.person_id or SUPERVISING.isdisjoint(roles):
        raise Unacceptable("not_allowed", "person_id", "not_found")
    within = territories_of(session, captured.person_id, roles, day_of(at, facts.timezone))
    try:
        check_person_within(session, within, body.person_id)
    except NotFound:
        raise Unacceptable("not_allowed", "person_id", "not_found") from None
    if session.get(Person, body.person_id) is None:
        raise Unacceptable("not_allowed", "person_id", "not_found")
    if session.get(JointVisit, body.joint_visit_id) is not None:
        raise Unacceptable("key_reuse", "joint_visit_id")
    outlet = facts.outlets.get(body.outlet_id)
    well, seen = total([one.mark for one in body.steps])
    session.add(
        JointVisit(
            id=body.joint_visit_id, person_id=body.person_id, supervisor_id=captured.person_id,
            outlet_id=body.outlet_id, day=day_of(at, outlet.timezone if outlet else facts.timezone), at=at,
            steps=[list(one) for one in body.steps], well=well, seen=seen, words=body.words,
            action=body.action, action_due=body.action_due,
        )
    )  # fmt: skip
    session.flush()
    return Effect(
        "joint_visit.record",
        f"person:{body.person_id}",
        {
            "operation": str(captured.operation_id), "joint_visit": str(body.joint_visit_id),
            "outlet": body.outlet_id, "well": well, "seen": seen,
        },
    )  # fmt: skip
