"""Routes, their stops and who serves them. Every row is dated; a change closes one row and opens another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from server.domain.errors import Problem
from server.domain.journey_plan import zone
from server.domain.routes import (
    StopPlan,
    day_problems,
)
from server.errors import Conflict, FieldError, Invalid, NotFound
from server.models import Outlet, Route, Stop, Territory, Truck
from server.services import audit
from server.services.assignments import HolderView, find_assignments
from server.services.scopes import Within
from server.services.transaction import deed

LIST_LIMIT = 500
ASSIGNMENT_ROLES = ("rep", "driver", "truck", "supervisor")


def invalid(problems: Iterable[Problem]) -> Invalid:
    """A domain's problems as one refusal."""
    return Invalid(errors=[FieldError(one.field, one.rule, one.params) for one in problems])


def find_territories(session: Session, *, within: Within = None) -> list[Territory]:
    query = select(Territory).order_by(Territory.code).limit(LIST_LIMIT)
    if within is not None:
        query = query.where(Territory.id.in_(within))
    return list(session.scalars(query))


def get_territory(session: Session, territory_id: int) -> Territory:
    territory = session.get(Territory, territory_id)
    if territory is None:
        raise NotFound
    return territory


def find_territory(session: Session, code: str) -> Territory | None:
    return session.scalar(select(Territory).where(Territory.code == code))


def find_routes(session: Session, *, territory_id: int | None = None, within: Within = None) -> list[Route]:
    query = select(Route).order_by(Route.code).limit(LIST_LIMIT)
    if within is not None:
        query = query.where(Route.territory_id.in_(within))
    if territory_id is not None:
        query = query.where(Route.territory_id == territory_id)
    return list(session.scalars(query))


def get_route(session: Session, route_id: int) -> Route:
    route = session.get(Route, route_id)
    if route is None:
        raise NotFound
    return route


def find_route(session: Session, code: str) -> Route | None:
    return session.scalar(select(Route).where(Route.code == code))


def find_trucks(session: Session) -> list[Truck]:
    return list(session.scalars(select(Truck).order_by(Truck.plate).limit(LIST_LIMIT)))


def on_day(query: Select[Stop], day: date) -> Select[Stop]:
    """Narrow a query of stops to those that hold on a day."""
    return query.where(Stop.valid_from <= day, or_(Stop.valid_to.is_(None), Stop.valid_to >= day))


def find_stops(session: Session, route_id: int, day: date) -> list[Stop]:
    """A route's stops as they hold on a day, by weekday and sequence."""
    query = select(Stop).where(Stop.route_id == route_id).order_by(Stop.weekday, Stop.sequence, Stop.id)
    return list(session.scalars(on_day(query, day).limit(7 * LIST_LIMIT)))


def count_stops(session: Session, day: date) -> dict[tuple[int, int], int]:
    """Stops by (route, weekday) as they hold on a day."""
    query = (
        select(Stop.route_id, Stop.weekday, func.count())
        .where(Stop.valid_from <= day, or_(Stop.valid_to.is_(None), Stop.valid_to >= day))
        .group_by(Stop.route_id, Stop.weekday)
    )
    return {(route_id, weekday): count for route_id, weekday, count in session.execute(query)}


@dataclass(frozen=True)
class RouteOverview:
    """A route as a list shows it: who holds it, and its stops on each weekday, Monday first."""

    id: int
    code: str
    name: str
    name_en: str
    territory_id: int
    version: int
    truck_weekdays: list[int]
    holders: list[HolderView]
    stops_by_weekday: list[int]


def _overview(route: Route, holders: list[HolderView], counts: dict[tuple[int, int], int]) -> RouteOverview:
    return RouteOverview(
        id=route.id,
        code=route.code,
        name=route.name,
        name_en=route.name_en,
        territory_id=route.territory_id,
        version=route.version,
        truck_weekdays=route.truck_weekdays,
        holders=[one for one in holders if one.route_id == route.id],
        stops_by_weekday=[counts.get((route.id, weekday), 0) for weekday in range(7)],
    )


def find_route_overviews(
    session: Session, *, territory_id: int | None, day: date, at: datetime, within: Within = None
) -> list[RouteOverview]:
    """Routes in order of code with holders at an instant and stops as of a day."""
    found = find_routes(session, territory_id=territory_id, within=within)
    holders = find_assignments(session, route_ids=[route.id for route in found], at=at)
    counts = count_stops(session, day)
    return [_overview(route, holders, counts) for route in found]


@dataclass(frozen=True)
class StopView:
    """A stop with what a planner needs to know of its outlet."""

    id: int
    outlet_id: int
    code: str
    name: str
    address: str
    outlet_class: str
    latitude: float | None
    longitude: float | None
    weekday: int
    weeks: int
    phase: int
    sequence: int
    planned_minute: int | None
    valid_from: date
    valid_to: date | None


def get_route_plan(session: Session, route_id: int, *, day: date) -> dict[str, object]:
    """A route, its stops as they hold on a day, and all its assignments."""
    route = get_route(session, route_id)
    stops = find_stops(session, route_id, day)
    outlets = {
        outlet.id: outlet
        for outlet in session.scalars(select(Outlet).where(Outlet.id.in_({stop.outlet_id for stop in stops})))
    }
    assignments = find_assignments(session, route_ids=[route_id])
    return {
        "route": _overview(
            route, [one for one in assignments if one.ends_at is None], count_stops(session, day)
        ),
        "day": day,
        "stops": [_stop_view(stop, outlets[stop.outlet_id]) for stop in stops],
        "assignments": assignments,
    }


def _stop_view(stop: Stop, outlet: Outlet) -> StopView:
    return StopView(
        id=stop.id,
        outlet_id=outlet.id,
        code=outlet.code,
        name=outlet.name,
        address=outlet.address,
        outlet_class=outlet.outlet_class,
        latitude=outlet.latitude,
        longitude=outlet.longitude,
        weekday=stop.weekday,
        weeks=stop.weeks,
        phase=stop.phase,
        sequence=stop.sequence,
        planned_minute=stop.planned_minute,
        valid_from=stop.valid_from,
        valid_to=stop.valid_to,
    )


@deed
def add_territory(
    session: Session, *, code: str, name: str, name_en: str, timezone: str, now: datetime, by: int | None
) -> Territory:
    if find_territory(session, code) is not None:
        raise Invalid(errors=[FieldError("code", "taken")])
    zone(timezone)  # a DomainError for one that there is not
    territory = Territory(code=code, name=name, name_en=name_en, timezone=timezone)
    session.add(territory)
    session.flush()
    audit.record(session, at=now, person_id=by, deed="territory.add", subject=f"territory:{territory.id}")
    return territory


@deed
def add_truck(
    session: Session, *, plate: str, capacity_cases: int | None, now: datetime, by: int | None
) -> Truck:
    if session.scalar(select(Truck.id).where(Truck.plate == plate)):
        raise Invalid(errors=[FieldError("plate", "taken")])
    truck = Truck(plate=plate, capacity_cases=capacity_cases)
    session.add(truck)
    session.flush()
    audit.record(session, at=now, person_id=by, deed="truck.add", subject=f"truck:{truck.id}")
    return truck


@deed
def add_route(
    session: Session, *, code: str, name: str, name_en: str, territory_id: int, now: datetime, by: int | None
) -> Route:
    if find_route(session, code) is not None:
        raise Invalid(errors=[FieldError("code", "taken")])
    get_territory(session, territory_id)
    route = Route(code=code, name=name, name_en=name_en, territory_id=territory_id)
    session.add(route)
    session.flush()
    audit.record(session, at=now, person_id=by, deed="route.add", subject=f"route:{route.id}")
    return route


def touch_cards(session: Session, outlet_ids: Sequence[int]) -> None:
    """The weekday book is on the card: cards of these outlets changed."""
    for start in range(0, len(outlet_ids), 500):
        session.execute(
            update(Outlet)
            .where(Outlet.id.in_(outlet_ids[start : start + 500]))
            .values(card_version=Outlet.card_version + 1)
        )


@deed
def set_day(
    session: Session,
    *,
    route_id: int,
    weekday: int,
    stops: Sequence[StopPlan],
    version: int,
    day: date,
    now: datetime,
    by: int | None,
) -> Route:
    """Replace a weekday's stops from a day on. Rows that stay the same are left; others are closed and opened.

    `version` is the route's version the person looked at; another one means that somebody else was faster.
    """
    problems = day_problems(stops)
    if not 0 <= weekday <= 6:
        problems.append(Problem("weekday", "one_of", {"allowed": "0-6"}))
    if problems:
        raise invalid(problems)
    route = session.scalars(select(Route).where(Route.id == route_id).with_for_update()).one_or_none()
    if route is None:
        raise NotFound
    if route.version != version:
        raise Conflict
    _known_outlets(session, [stop.outlet_id for stop in stops])
    current = [stop for stop in find_stops(session, route_id, day) if stop.weekday == weekday]
    wanted = {stop.outlet_id: (index + 1, stop) for index, stop in enumerate(stops)}
    changed: list[int] = []
    for row in current:
        place = wanted.get(row.outlet_id)
        if place and (row.sequence, row.weeks, row.phase, row.planned_minute) == (
            place[0], place[1].weeks, place[1].phase, place[1].planned_minute,
        ):  # fmt: skip
            del wanted[row.outlet_id]
            continue
        changed.append(row.outlet_id)
        if row.valid_from >= day:
            session.delete(row)  # planned for later and planned anew: it never held
        else:
            row.valid_to = day - timedelta(days=1)
    session.add_all(
        Stop(
            route_id=route_id, outlet_id=outlet_id, weekday=weekday, weeks=stop.weeks, phase=stop.phase,
            sequence=sequence, planned_minute=stop.planned_minute, valid_from=day,
        )
        for outlet_id, (sequence, stop) in wanted.items()
    )  # fmt: skip
    changed += list(wanted)
    touch_cards(session, sorted(set(changed)))
    route.version += 1
    audit.record(
        session, at=now, person_id=by, deed="route.set_day", subject=f"route:{route_id}",
        detail={"weekday": weekday, "from": day.isoformat(), "changed": len(set(changed))},
    )  # fmt: skip
    return route


def _known_outlets(session: Session, outlet_ids: Sequence[int]) -> None:
    known = set(
        session.scalars(select(Outlet.id).where(Outlet.id.in_(outlet_ids), Outlet.status == "active"))
    )
    unknown = [index for index, outlet_id in enumerate(outlet_ids) if outlet_id not in known]
    if unknown:
        raise Invalid(errors=[FieldError(f"stops.{index}.outlet_id", "not_found") for index in unknown[:20]])
