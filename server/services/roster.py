"""The roster (四定): who holds each route in each role from day to day, the gaps in it, and outlets on no route."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from server.domain.journey_plan import zone
from server.domain.roster import ROLES, Holding, Run, runs
from server.domain.routes import Held
from server.models import Assignment, Cover, Outlet, Person, Stop, Territory, Truck
from server.services.absences import find_aways
from server.services.routes import find_routes
from server.services.scopes import Within

ROWS_LIMIT = 20_000
NAMED = 100


@dataclass(frozen=True)
class RunView:
    """A run of days with the name of who holds; `holder`, `holder_en`: names joined where several share."""

    first: date
    last: date
    holder_id: int | None
    holder: str
    holder_en: str
    kind: str
    count: int


@dataclass(frozen=True)
class RosterRow:
    """One route: its runs by role."""

    route_id: int
    code: str
    name: str
    name_en: str
    territory_id: int
    rep: list[RunView]
    driver: list[RunView]
    truck: list[RunView]
    supervisor: list[RunView]


def find_roster(
    session: Session, first: date, last: date, *, territory_id: int | None = None, within: Within = None
) -> list[RosterRow]:
    """All routes, by code, over these days. Four questions to the database, however many routes and days there are."""
    routes = find_routes(session, territory_id=territory_id, within=within)
    timezones = {one.id: one.timezone for one in session.scalars(select(Territory).limit(ROWS_LIMIT))}
    noons = {timezone: _noons(first, last, timezone) for timezone in set(timezones.values())}
    ids = [one.id for one in routes]
    held, names = _assignments(session, ids, first, last)
    covers = _covers(session, ids, first, last)
    aways = find_aways(session, first, last)
    rows = []
    for route in routes:
        here = noons[timezones[route.territory_id]]
        views = {}
        for role in ROLES:
            parts = covers.get(route.id, ()) if role == "rep" else ()
            holding = Holding(held.get((route.id, role), ()), [(one, other) for one, other, _ in parts])
            found = runs(holding, here, {} if role == "truck" else aways)
            views[role] = [_view(one, role, names, parts) for one in found]
        rows.append(RosterRow(route.id, route.code, route.name, route.name_en, route.territory_id, **views))
    return rows


def _noons(first: date, last: date, timezone: str) -> list[tuple[date, datetime]]:
    here = zone(timezone)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [(day, datetime.combine(day, time(12), here)) for day in days]


class Named(NamedTuple):
    """A name, and the English one; the same where there is no English one."""

    name: str
    name_en: str


Part = tuple[datetime, datetime, Named]


def _view(run: Run, role: str, names: Mapping[tuple[bool, int], Named], parts: Sequence[Part]) -> RunView:
    holder = names.get((role == "truck", run.holder_id or 0), Named("", ""))
    count = 1 if run.holder_id is not None else 0
    if run.kind == "spread":
        people = sorted(
            {who for starts, ends, who in parts if starts.date() <= run.last and ends.date() >= run.first}
        )
        holder = Named("、".join(one.name for one in people), ", ".join(one.name_en for one in people))
        count = len(people)
    return RunView(run.first, run.last, run.holder_id, *holder, run.kind, count)


def _assignments(
    session: Session, route_ids: Sequence[int], first: date, last: date
) -> tuple[dict[tuple[int, str], list[Held]], dict[tuple[bool, int], Named]]:
    """Assignments that touch the days, by route and role; and names by (is a truck, id)."""
    start, end = _wide(first, last)
    query = (
        select(Assignment, Person.name, Person.name_en, Truck.plate)
        .outerjoin(Person, Person.id == Assignment.person_id)
        .outerjoin(Truck, Truck.id == Assignment.truck_id)
        .where(
            Assignment.route_id.in_(route_ids), Assignment.starts_at < end,
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > start),
        )
        .limit(ROWS_LIMIT)
    )  # fmt: skip
    held: dict[tuple[int, str], list[Held]] = {}
    names: dict[tuple[bool, int], Named] = {}
    for row, name, english, plate in session.execute(query):
        holder = row.person_id or row.truck_id or 0
        names[row.role == "truck", holder] = Named(name or plate or "", english or name or plate or "")
        held.setdefault((row.route_id, row.role), []).append(
            Held(holder, row.starts_at, row.ends_at, row.kind == "regular")
        )
    return held, names


def _covers(session: Session, route_ids: Sequence[int], first: date, last: date) -> dict[int, list[Part]]:
    """Who looks after outlets of a route, from when to when."""
    start, end = _wide(first, last)
    query = (
        select(Cover.route_id, Cover.starts_at, Cover.ends_at, Person.name, Person.name_en)
        .join(Person, Person.id == Cover.person_id)
        .where(Cover.route_id.in_(route_ids), Cover.starts_at < end, Cover.ends_at > start)
        .distinct()
        .limit(ROWS_LIMIT)
    )
    found: dict[int, list[Part]] = {}
    for route_id, starts_at, ends_at, name, english in session.execute(query):
        found.setdefault(route_id, []).append((starts_at, ends_at, Named(name, english or name)))
    return found


def _wide(first: date, last: date) -> tuple[datetime, datetime]:
    """The days in any zone of the earth."""
    utc = zone("UTC")
    return (
        datetime.combine(first - timedelta(days=1), time(), utc),
        datetime.combine(last + timedelta(days=2), time(), utc),
    )


@dataclass(frozen=True)
class Vacancy:
    """Days on which nobody serves a route in a role. kind: vacant | absent."""

    route_id: int
    code: str
    name: str
    name_en: str
    role: str
    first: date
    last: date
    kind: str
    holder: str
    holder_en: str


@dataclass(frozen=True)
class LooseOutlet:
    """An open outlet that is on no route today nor later."""

    id: int
    code: str
    name: str
    name_en: str
    address: str
    outlet_class: str
    territory_id: int | None


def vacancies_of(rows: Sequence[RosterRow]) -> list[Vacancy]:
    """The gaps of a roster, those that begin first before the others."""
    found = [
        Vacancy(
            row.route_id,
            row.code,
            row.name,
            row.name_en,
            role,
            run.first,
            run.last,
            run.kind,
            run.holder,
            run.holder_en,
        )
        for row in rows
        for role in ROLES
        for run in getattr(row, role)
        if run.kind in ("vacant", "absent")
    ]
    return sorted(found, key=lambda one: (one.first, ROLES.index(one.role), one.code))


def find_loose(
    session: Session, day: date, *, territory_id: int | None = None, within: Within, classes: Collection[str]
) -> tuple[int, list[LooseOutlet]]:
    """How many open outlets of these secrecy classes are on no route from a day on, and the first hundred of them by
    code. An outlet of no territory is anybody's."""
    routed = select(Stop.outlet_id).where(or_(Stop.valid_to.is_(None), Stop.valid_to >= day))
    narrowed = [Outlet.status == "active", Outlet.id.not_in(routed), Outlet.secrecy.in_(classes)]
    if within is not None:
        narrowed.append(or_(Outlet.territory_id.is_(None), Outlet.territory_id.in_(within)))
    if territory_id is not None:
        narrowed.append(Outlet.territory_id == territory_id)
    query = (
        select(
            Outlet.id, Outlet.code, Outlet.name, Outlet.name_en, Outlet.address, Outlet.outlet_class,
            Outlet.territory_id,
        )
        .where(*narrowed)
        .order_by(Outlet.code)
        .limit(NAMED)
    )  # fmt: skip
    count = session.scalar(select(func.count()).select_from(Outlet).where(*narrowed)) or 0
    return count, [LooseOutlet(*row) for row in session.execute(query)]
