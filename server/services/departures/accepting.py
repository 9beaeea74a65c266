"""A proposal is accepted: assignments close and open at one instant, the stores' stops with them, and what is open at a
store goes along. What was walked before stays whose it was."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from server.domain.departures import due_on, next_state
from server.errors import Conflict, FieldError, Invalid, NotFound
from server.models import (
    Assignment,
    Departure,
    DepartureProposal,
    DepartureStore,
    Plan,
    PlanVersion,
    Route,
    Stop,
    Territory,
)
from server.services import audit
from server.services.assignments import assign
from server.services.departures import calling_back
from server.services.departures.held import find_held_routes
from server.services.departures.moving_work import move_complaints, move_orders, move_tasks
from server.services.departures.opening import lock_case
from server.services.departures.proposing import rep_of_routes
from server.services.plans.board import BoardKeeper
from server.services.plans.publishing import publish
from server.services.scopes import Within
from server.services.transaction import deed


@dataclass(frozen=True)
class Choice:
    """What the manager chose. `successor_id`: who takes the routes whole (kind hire), else None."""

    departure_id: int
    proposal_id: int
    successor_id: int | None


@deed
def accept(
    session: Session,
    *,
    choice: Choice,
    keeper: BoardKeeper,
    within: Within,
    today: date,
    now: datetime,
    by: int,
) -> None:
    """From the first moment of the plan's first day others hold the stores, and the leaver holds none. Edits made on
    the board since are part of it.

    Errors: NotFound; Conflict `departure_state`, `plan_outdated` where a route was changed since; Invalid."""
    row = lock_case(session, choice.departure_id, within)
    if row.state != "open":
        raise Conflict("departure_state")
    proposal = session.get(DepartureProposal, choice.proposal_id)
    if proposal is None or proposal.departure_id != row.id:
        raise NotFound(subject=f"departure:{row.id}")
    version = session.get_one(PlanVersion, proposal.version_id)
    plan = session.get_one(Plan, version.plan_id)
    if plan.starts_on <= today:
        raise Invalid(errors=[FieldError("proposal_id", "from_tomorrow")])
    first_day = plan.starts_on
    instant = _midnight(session, plan.territory_id, first_day)
    leaving = [one.route_id for one in find_held_routes(session, row.person_id, now) if one.role == "rep"]
    if proposal.kind == "hire":
        _to_successor(row, leaving, choice.successor_id, instant, now, by)
    else:
        publish(
            keeper=keeper, version_id=version.id, starts_on=first_day, reason=f"departure:{row.id}", today=today,
            within=within, now=now, by=by,
        )  # fmt: skip
    _release(session, row.person_id, instant)
    receivers = _hand_on(session, row, plan.territory_id, first_day, instant)
    tasks = move_tasks(session, row.person_id, receivers)
    complaints = move_complaints(session, row.person_id, receivers, by=by, now=now)
    row.state = next_state("open", "accept")
    row.accepted_proposal, row.accepted_by, row.accepted_at = proposal.id, by, now
    row.holds_from = instant
    drawn = calling_back.draw(session, row, by=by, today=today, now=now)
    audit.record(
        session, at=now, person_id=by, deed="departure.accept", subject=f"departure:{row.id}",
        detail={
            "person": row.person_id, "proposal": proposal.id, "kind": proposal.kind,
            "from": instant.isoformat(), "stores": sum(one is not None for one in receivers.values()),
            "call_backs": drawn, "tasks": tasks, "complaints": complaints,
        },
    )  # fmt: skip


def _midnight(session: Session, territory_id: int, day: date) -> datetime:
    timezone = session.get_one(Territory, territory_id).timezone
    return datetime.combine(day, time(0), ZoneInfo(timezone))


def _to_successor(
    row: Departure, routes: list[int], successor_id: int | None, instant: datetime, now: datetime, by: int
) -> None:
    if successor_id is None or successor_id == row.person_id:
        raise Invalid(errors=[FieldError("successor_id", "required" if successor_id is None else "another")])
    for route_id in routes:
        assign(
            route_id=route_id, role="rep", holder_id=successor_id, starts_at=instant, ends_at=None, kind="regular",
            now=now, by=by,
        )  # fmt: skip


def _release(session: Session, person_id: int, instant: datetime) -> None:
    """End all that the leaver holds as a rep at the instant; what would have begun later never begins."""
    own = and_(
        Assignment.person_id == person_id,
        Assignment.role == "rep",
        or_(Assignment.ends_at.is_(None), Assignment.ends_at > instant),
    )
    routes = select(Assignment.route_id).where(own).scalar_subquery()
    session.execute(
        update(Route).where(Route.id.in_(routes)).values(version=Route.version + 1),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        update(Assignment).where(own, Assignment.starts_at < instant).values(ends_at=instant),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        update(Assignment).where(own, Assignment.starts_at >= instant).values(ends_at=Assignment.starts_at),
        execution_options={"synchronize_session": False},
    )


def _hand_on(
    session: Session, row: Departure, territory_id: int, first_day: date, instant: datetime
) -> dict[int, int | None]:
    """Name each store's receiver and day, and let open orders and deliveries ride with the store's new route. Returns
    outlet → receiver, None where there is none."""
    session.flush()
    routes = list(session.scalars(select(Route.id).where(Route.territory_id == territory_id)))
    holders = rep_of_routes(session, routes, instant)
    stores = session.scalars(select(DepartureStore).where(DepartureStore.departure_id == row.id)).all()
    ids = [one.outlet_id for one in stores]
    route_of = {
        outlet_id: route_id
        for outlet_id, route_id in session.execute(
            select(Stop.outlet_id, Stop.route_id).where(
                Stop.route_id.in_(routes),
                Stop.valid_from <= first_day,
                or_(Stop.valid_to.is_(None), Stop.valid_to >= first_day),
            )
        )
        if outlet_id in set(ids)
    }
    by_route: dict[int, list[int]] = {}
    for one in stores:
        route_id = route_of.get(one.outlet_id)
        one.receiver_id = holders.get(route_id) if route_id is not None else None
        one.due = due_on(one.outlet_class, first_day)
        if route_id is not None and route_id != one.route_id:
            by_route.setdefault(route_id, []).append(one.outlet_id)
    for route_id, outlets in by_route.items():
        move_orders(session, outlets, route_id, first_day)
    return {one.outlet_id: one.receiver_id for one in stores}
