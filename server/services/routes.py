"""Routes, their stops and who serves them. Every row is dated; a change closes one row and opens another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from server.domain.errors import Problem
from server.domain.routes import (
    DraftRoute,
    DraftRules,
    DraftStop,
    Held,
    Place,
    StopPlan,
    day_problems,
    draft,
    holder_at,
    in_order,
    path_metres,
    planned_minutes,
)
from server.errors import Conflict, FieldError, Invalid, NotFound
from server.models import Assignment, Outlet, Person, Route, Stop, Territory, Truck
from server.services import audit
from server.services.transaction import deed

LIST_LIMIT = 500
ASSIGNMENT_ROLES = ("rep", "driver", "truck", "supervisor")


def invalid(problems: Iterable[Problem]) -> Invalid:
    """A domain's problems as one refusal."""
    return Invalid(errors=[FieldError(one.field, one.rule, one.params) for one in problems])


# --- reading -------------------------------------------------------------------------------------------------


def find_territories(session: Session) -> list[Territory]:
    return list(session.scalars(select(Territory).order_by(Territory.code).limit(LIST_LIMIT)))


def get_territory(session: Session, territory_id: int) -> Territory:
    territory = session.get(Territory, territory_id)
    if territory is None:
        raise NotFound
    return territory


def find_territory(session: Session, code: str) -> Territory | None:
    return session.scalar(select(Territory).where(Territory.code == code))


def find_routes(session: Session, *, territory_id: int | None = None) -> list[Route]:
    query = select(Route).order_by(Route.code).limit(LIST_LIMIT)
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
class HolderView:
    """One assignment with the name of who or what holds."""

    id: int
    route_id: int
    role: str
    holder_id: int
    holder: str
    starts_at: datetime
    ends_at: datetime | None
    kind: str


def find_assignments(
    session: Session, *, route_ids: Sequence[int] | None = None, at: datetime | None = None
) -> list[HolderView]:
    """Assignments, newest first; with `at` only those that hold at that instant."""
    query = (
        select(Assignment, Person.name, Truck.plate)
        .outerjoin(Person, Person.id == Assignment.person_id)
        .outerjoin(Truck, Truck.id == Assignment.truck_id)
        .order_by(Assignment.route_id, Assignment.role, Assignment.starts_at.desc(), Assignment.id.desc())
        .limit(4 * LIST_LIMIT)
    )
    if route_ids is not None:
        query = query.where(Assignment.route_id.in_(route_ids))
    if at is not None:
        query = query.where(
            Assignment.starts_at <= at, or_(Assignment.ends_at.is_(None), Assignment.ends_at > at)
        )
    return [
        HolderView(
            row.id, row.route_id, row.role, row.person_id or row.truck_id or 0, name or plate or "",
            row.starts_at, row.ends_at, row.kind,
        )
        for row, name, plate in session.execute(query)
    ]  # fmt: skip


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
    session: Session, *, territory_id: int | None, day: date, at: datetime
) -> list[RouteOverview]:
    """Routes in order of code with holders at an instant and stops as of a day."""
    found = find_routes(session, territory_id=territory_id)
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


@dataclass(frozen=True)
class OrderProposal:
    """A day's stops in a short order; metres along straight lines before and after."""

    stops: list[DraftStop]
    metres_before: int
    metres_after: int


def propose_order(session: Session, *, outlet_ids: Sequence[int], rules: DraftRules) -> OrderProposal:
    """A short order for these outlets with planned times; outlets without a position keep their place at the end."""
    rows = session.execute(
        select(Outlet.id, Outlet.latitude, Outlet.longitude).where(Outlet.id.in_(outlet_ids))
    )
    known = {
        outlet_id: Place(outlet_id, latitude, longitude)
        for outlet_id, latitude, longitude in rows
        if latitude is not None and longitude is not None
    }
    before = [known[outlet_id] for outlet_id in outlet_ids if outlet_id in known]
    after = in_order(before)
    minutes = planned_minutes(after, rules)
    stops = [
        DraftStop(place.id, index + 1, minute)
        for index, (place, minute) in enumerate(zip(after, minutes, strict=True))
    ]
    last = minutes[-1] if minutes else rules.start_minute
    for outlet_id in outlet_ids:
        if outlet_id not in known:
            stops.append(DraftStop(outlet_id, len(stops) + 1, last))
    return OrderProposal(stops, path_metres(before), path_metres(after))


def get_holder(session: Session, route_id: int, role: str, instant: datetime) -> int | None:
    """Who (person id, or truck id for role truck) held a route at an instant; None: a vacancy."""
    query = select(
        Assignment.person_id, Assignment.truck_id, Assignment.starts_at, Assignment.ends_at, Assignment.kind
    ).where(
        Assignment.route_id == route_id,
        Assignment.role == role,
        Assignment.starts_at <= instant,
        or_(Assignment.ends_at.is_(None), Assignment.ends_at > instant),
    )
    held = [
        Held(person_id or truck_id or 0, starts_at, ends_at, kind == "regular")
        for person_id, truck_id, starts_at, ends_at, kind in session.execute(query)
    ]
    return holder_at(held, instant)


# --- deeds ---------------------------------------------------------------------------------------------------


@deed
def add_territory(
    session: Session, *, code: str, name: str, name_en: str, timezone: str, now: datetime, by: int | None
) -> Territory:
    if find_territory(session, code) is not None:
        raise Invalid(errors=[FieldError("code", "taken")])
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


def places_without_route(
    session: Session, *, territory_id: int, chain: str, outlet_class: str, day: date
) -> list[Place]:
    """Active outlets with a position that are on no route on a day or later: what a draft divides."""
    routed = select(Stop.outlet_id).where(or_(Stop.valid_to.is_(None), Stop.valid_to >= day))
    query = (
        select(Outlet.id, Outlet.latitude, Outlet.longitude)
        .where(
            Outlet.status == "active",
            Outlet.territory_id == territory_id,
            Outlet.latitude.is_not(None),
            Outlet.longitude.is_not(None),
            Outlet.id.not_in(routed),
        )
        .order_by(Outlet.id)
        .limit(20_000)
    )
    if chain:
        query = query.where(Outlet.chain == chain)
    if outlet_class:
        query = query.where(Outlet.outlet_class == outlet_class)
    return [
        Place(outlet_id, latitude, longitude)
        for outlet_id, latitude, longitude in session.execute(query)
        if latitude is not None and longitude is not None
    ]


def propose_draft(
    session: Session, *, territory_id: int, chain: str, outlet_class: str, rules: DraftRules, day: date
) -> list[DraftRoute]:
    """A draft for a person to look at; nothing is stored."""
    get_territory(session, territory_id)
    places = places_without_route(
        session, territory_id=territory_id, chain=chain, outlet_class=outlet_class, day=day
    )
    if not places:
        raise Invalid(errors=[FieldError("outlets", "none_to_route")])
    return draft(places, rules)


@deed
def publish_draft(
    session: Session,
    *,
    territory_id: int,
    chain: str,
    outlet_class: str,
    rules: DraftRules,
    names: Sequence[tuple[str, str]],
    day: date,
    now: datetime,
    by: int | None,
) -> list[Route]:
    """Draft again from the same facts (it is deterministic) and store it as routes with (code, name), from a day on."""
    if len(names) != rules.routes:
        raise Invalid(errors=[FieldError("names", "as_many_as_routes", {"routes": rules.routes})])
    drafted = propose_draft(
        session, territory_id=territory_id, chain=chain, outlet_class=outlet_class, rules=rules, day=day
    )
    routes = []
    for (code, name), one in zip(names, drafted, strict=True):
        route = add_route(code=code, name=name, name_en="", territory_id=territory_id, now=now, by=by)
        rows: list[dict[str, object]] = [
            {
                "route_id": route.id,
                "outlet_id": stop.outlet_id,
                "weekday": weekday,
                "weeks": 1,
                "phase": 0,
                "sequence": stop.sequence,
                "planned_minute": stop.planned_minute,
                "valid_from": day,
                "valid_to": None,
            }
            for weekday, stops in one.days.items()
            for stop in stops
        ]
        if rows:
            session.execute(insert(Stop), rows)
            _touch(session, [stop.outlet_id for stops in one.days.values() for stop in stops])
        audit.record(
            session, at=now, person_id=by, deed="route.draft", subject=f"route:{route.id}",
            detail={"stops": len(rows), "from": day.isoformat()},
        )  # fmt: skip
        routes.append(route)
    return routes


def _touch(session: Session, outlet_ids: Sequence[int]) -> None:
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
    _touch(session, sorted(set(changed)))
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


@deed
def assign(
    session: Session,
    *,
    route_id: int,
    role: str,
    holder_id: int,
    starts_at: datetime,
    ends_at: datetime | None,
    kind: str,
    now: datetime,
    by: int | None,
) -> Assignment:
    """Give a route to a person or truck from an instant on.

    A regular assignment closes the regular one before it at that instant; a substitution (代班) needs an end and
    lies over it. What already ended is never touched.
    """
    get_route(session, route_id)
    errors = []
    if role not in ASSIGNMENT_ROLES:
        errors.append(FieldError("role", "one_of", {"allowed": ", ".join(ASSIGNMENT_ROLES)}))
    if kind == "substitution" and ends_at is None:
        errors.append(FieldError("ends_at", "required"))
    if ends_at is not None and ends_at <= starts_at:
        errors.append(FieldError("ends_at", "after_start"))
    holder = session.get(Truck if role == "truck" else Person, holder_id)
    if holder is None or (isinstance(holder, Person) and holder.status != "active"):
        errors.append(FieldError("holder_id", "not_found"))
    if errors:
        raise Invalid(errors=errors)
    if kind == "regular":
        _make_room(session, route_id, role, starts_at, ends_at)
    row = Assignment(
        route_id=route_id,
        role=role,
        person_id=None if role == "truck" else holder_id,
        truck_id=holder_id if role == "truck" else None,
        starts_at=starts_at,
        ends_at=ends_at,
        kind=kind,
    )
    session.add(row)
    session.execute(update(Route).where(Route.id == route_id).values(version=Route.version + 1))
    session.flush()
    audit.record(
        session, at=now, person_id=by, deed="route.assign", subject=f"route:{route_id}",
        detail={"role": role, "holder": holder_id, "from": starts_at.isoformat(), "kind": kind},
    )  # fmt: skip
    return row


def _make_room(
    session: Session, route_id: int, role: str, starts_at: datetime, ends_at: datetime | None
) -> None:
    """End the regular assignment that runs at `starts_at`; refuse where a later one would be overlapped."""
    regular = and_(Assignment.route_id == route_id, Assignment.role == role, Assignment.kind == "regular")
    later = select(Assignment.id).where(regular, Assignment.starts_at >= starts_at)
    if ends_at is not None:
        later = later.where(Assignment.starts_at < ends_at)
    if session.execute(later.limit(1)).first():
        raise Invalid(errors=[FieldError("starts_at", "overlaps")])
    session.execute(
        update(Assignment)
        .where(regular, or_(Assignment.ends_at.is_(None), Assignment.ends_at > starts_at))
        .values(ends_at=starts_at)
    )
