"""The rows from which a book is cut: the routes that somebody holds, their stops, the cards borrowed beside them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from server.domain.routes import Held, holder_at
from server.models import Assignment, BorrowedCard, Outlet, PersonRole, Route, Stop, Territory
from server.services.secrecy import classes_as_text

# A book is a person's own routes: far below this, and the memory of one answer stays bounded above it.
STOPS_LIMIT: Final = 5_000


class RouteRow(NamedTuple):
    id: int
    code: str
    name: str
    name_en: str
    version: int
    truck_weekdays: list[int]
    timezone: str
    territory_id: int


class StopRow(NamedTuple):
    """A stop that holds on the day, with what the index says of its outlet."""

    route_id: int
    weekday: int
    weeks: int
    phase: int
    sequence: int
    planned_minute: int | None
    outlet_id: int
    name: str
    address: str
    latitude: float | None
    longitude: float | None
    outlet_class: str
    card_version: int
    secrecy: str
    field_classes: str | None  # the classes a custodian set, for every card: no question of its own


def find_routes(session: Session, route_ids: Collection[int]) -> list[RouteRow]:
    """Routes of which only some outlets are the person's, by code."""
    if not route_ids:
        return []
    query = (
        select(
            Route.id, Route.code, Route.name, Route.name_en, Route.version, Route.truck_weekdays,
            Territory.timezone, Territory.id,
        )
        .join(Territory, Territory.id == Route.territory_id)
        .where(Route.id.in_(route_ids))
        .order_by(Route.code, Route.id)
    )  # fmt: skip
    return [RouteRow._make(row) for row in session.execute(query)]


def find_held_routes(
    session: Session, person_id: int, now: datetime, day: date
) -> tuple[list[RouteRow], list[RouteRow]]:
    """The routes that the person holds as rep and as driver at an instant, by code.

    Whose role was withdrawn holds no route by it, though nobody else was given it yet (E15); a supervisor stands in for
    either."""
    mine, row = aliased(Assignment), Assignment
    may_hold = exists().where(
        PersonRole.person_id == person_id,
        PersonRole.role.in_((mine.role, "supervisor")),
        PersonRole.valid_from <= day,
        or_(PersonRole.valid_to.is_(None), PersonRole.valid_to >= day),
    )
    at = [and_(one.starts_at <= now, or_(one.ends_at.is_(None), one.ends_at > now)) for one in (mine, row)]
    query = (
        select(
            row.role,
            row.person_id,
            row.starts_at,
            row.ends_at,
            row.kind,
            Route.id,
            Route.code,
            Route.name,
            Route.name_en,
            Route.version,
            Route.truck_weekdays,
            Territory.timezone,
            Territory.id,
        )
        .join(mine, and_(mine.route_id == row.route_id, mine.role == row.role))
        .join(Route, Route.id == row.route_id)
        .join(Territory, Territory.id == Route.territory_id)
        .where(mine.person_id == person_id, row.role.in_(("rep", "driver")), may_hold, *at)
        .order_by(Route.code, Route.id)
        .limit(STOPS_LIMIT)
    )
    held: dict[tuple[str, int], list[Held]] = {}
    found: dict[int, RouteRow] = {}
    for role, holder, starts_at, ends_at, kind, *route in session.execute(query):
        found[route[0]] = RouteRow._make(route)
        held.setdefault((role, route[0]), []).append(Held(holder or 0, starts_at, ends_at, kind == "regular"))
    mine_by_role: dict[str, list[RouteRow]] = {"rep": [], "driver": []}
    for (role, route_id), rows in held.items():
        if holder_at(rows, now) == person_id:
            mine_by_role[role].append(found[route_id])
    return mine_by_role["rep"], mine_by_role["driver"]


def find_stops(session: Session, route_ids: Sequence[int], day: date) -> list[StopRow]:
    """Stops of these routes that hold on the day, at open outlets, by route, weekday and sequence."""
    if not route_ids:
        return []
    query = (
        select(
            Stop.route_id, Stop.weekday, Stop.weeks, Stop.phase, Stop.sequence, Stop.planned_minute, Outlet.id,
            Outlet.name, Outlet.address, Outlet.latitude, Outlet.longitude, Outlet.outlet_class,
            Outlet.card_version, Outlet.secrecy, classes_as_text(),
        )
        .join(Outlet, Outlet.id == Stop.outlet_id)
        .where(
            Stop.route_id.in_(route_ids),
            Stop.valid_from <= day,
            or_(Stop.valid_to.is_(None), Stop.valid_to >= day),
            Outlet.status == "active",
        )
        .order_by(Stop.route_id, Stop.weekday, Stop.sequence, Stop.id)
        .limit(STOPS_LIMIT)
    )  # fmt: skip
    return [StopRow._make(row) for row in session.execute(query)]


def find_borrowed(session: Session, person_id: int, day: date) -> list[int]:
    """Outlets whose cards somebody borrowed for the day, in the order in which it was done."""
    query = (
        select(BorrowedCard.outlet_id)
        .where(BorrowedCard.person_id == person_id, BorrowedCard.day == day)
        .order_by(BorrowedCard.borrowed_at, BorrowedCard.outlet_id)
        .limit(STOPS_LIMIT)
    )
    return list(session.scalars(query))
