"""Accounts of work as phones send them: a call or a talk written down, a complaint taken in at the counter."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.cases import due_after
from server.domain.operation_bodies import CaseOpen, InteractionAdd
from server.domain.operations import Unacceptable
from server.domain.secrecy import seen_at_desk
from server.errors import NotFound
from server.models import Case, CaseEntry, Interaction, Outlet
from server.services.calendars import find_free_days
from server.services.captured import Captured, Effect
from server.services.field_facts import FieldFacts, day_of
from server.services.routes import touch_cards
from server.services.scopes import Within, check_outlets, territories_of

SUPERVISING = frozenset({"supervisor", "manager"})
CALENDAR = timedelta(days=40)


def check_reach(session: Session, captured: Captured, facts: FieldFacts, outlet_id: int) -> None:
    """Whether somebody may write about an outlet: who works it, or who supervises where it lies and may see its class.

    Errors: Unacceptable `unknown_outlet`."""
    day = day_of(captured.instant(captured.captured_at), facts.timezone)
    roles = facts.roles_on(day)
    if SUPERVISING.isdisjoint(roles):
        if facts.find_outlet(outlet_id) is None:
            raise Unacceptable("unknown_outlet", "outlet_id", "not_found")
        return
    within: Within = territories_of(session, captured.person_id, roles, day)
    check_seen(session, within, outlet_id, seen_at_desk(roles))


def check_seen(session: Session, within: Within, outlet_id: int, classes: Collection[str]) -> None:
    """Errors: Unacceptable `unknown_outlet` for one of another territory or class, or none."""
    try:
        check_outlets(session, within, [outlet_id], classes)
    except NotFound:
        raise Unacceptable("unknown_outlet", "outlet_id", "not_found") from None
    if session.scalar(select(Outlet.id).where(Outlet.id == outlet_id)) is None:
        raise Unacceptable("unknown_outlet", "outlet_id", "not_found")


def record_interaction(
    session: Session, captured: Captured, body: InteractionAdd, facts: FieldFacts
) -> Effect:
    """Write down what was said with an outlet. Errors: Unacceptable `unknown_outlet`."""
    check_reach(session, captured, facts, body.outlet_id)
    row = Interaction(
        outlet_id=body.outlet_id, person_id=captured.person_id, kind=body.kind,
        at=captured.instant(body.at), text=body.text,
    )  # fmt: skip
    session.add(row)
    session.flush()
    touch_cards(session, [body.outlet_id])
    return Effect(
        "interaction.add",
        f"outlet:{body.outlet_id}",
        {"operation": str(captured.operation_id), "interaction": row.id, "kind": body.kind},
    )


def record_case(session: Session, captured: Captured, body: CaseOpen, facts: FieldFacts) -> Effect:
    """Open a case: whoever supervises the store's route owns it, and it is due on the third working day unless the
    phone says another. Errors: Unacceptable `unknown_outlet`."""
    check_reach(session, captured, facts, body.outlet_id)
    at = captured.instant(body.at)
    owner_id, due = _owner(facts, captured, body.outlet_id), body.due or _due(session, facts, body)
    case = Case(
        outlet_id=body.outlet_id, kind=body.kind, text=body.text, owner_id=owner_id, due=due, state="open",
        opened_by=captured.person_id, opened_at=at,
    )  # fmt: skip
    session.add(case)
    session.flush()
    entry = CaseEntry(
        case_id=case.id, at=at, person_id=captured.person_id, state="open", owner_id=owner_id, due=due
    )
    session.add(entry)
    session.flush()
    touch_cards(session, [body.outlet_id])
    return Effect(
        "case.open",
        f"outlet:{body.outlet_id}",
        {
            "operation": str(captured.operation_id), "case": case.id, "kind": body.kind, "state": "open",
            "owner": owner_id, "due": due.isoformat(),
        },
    )  # fmt: skip


def _owner(facts: FieldFacts, captured: Captured, outlet_id: int) -> int | None:
    """Who supervises the route of the outlet then; a supervisor's own case is their own."""
    instant = captured.instant(captured.captured_at)
    day = day_of(instant, facts.timezone)
    if "supervisor" in facts.roles_on(day):
        return captured.person_id
    route = facts.route_of(outlet_id, instant, day)
    return facts.holder(route.id, "supervisor", instant) or None if route else None


def _due(session: Session, facts: FieldFacts, body: CaseOpen) -> date:
    outlet = facts.outlets.get(body.outlet_id)
    day = day_of(body.at, outlet.timezone if outlet else facts.timezone)
    territory = outlet.territory_id if outlet else None
    free = find_free_days(session, day, day + CALENDAR, [] if territory is None else [territory])
    return due_after(day, free[territory])
