"""What a plan is made from: a territory's routes, its stores, and the stops that hold on a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.domain.plans import MOST_STORES, Line, PlanOutlet, PlanTerms, numbered, with_wanted
from server.models import Outlet, Plan, PlanLine, Route, Stop, Territory
from server.services.assignments import find_assignments
from server.services.routes import find_routes


@dataclass(frozen=True)
class PlanRoute:
    """A route as a plan knows it, with who walks it on the plan's first day."""

    id: int
    code: str
    name: str
    name_en: str
    version: int
    rep: str


@dataclass(frozen=True)
class Facts:
    """All that the board needs besides a version's own lines. `today`: what holds on the day without the plan."""

    terms: PlanTerms
    routes: Mapping[int, PlanRoute]
    outlets: Mapping[int, PlanOutlet]
    today: Sequence[Line]


def terms_of(words: Mapping[str, object]) -> PlanTerms:
    """Terms as a plan keeps them. Errors: DomainError for what cannot be worked."""
    known = {**words}
    weekdays = known.pop("weekdays", None)
    if isinstance(weekdays, list):
        known["weekdays"] = tuple(sorted(int(day) for day in weekdays))
    return PlanTerms(**known)  # type: ignore[arg-type] # PlanTerms checks its values itself


def lines_on(session: Session, route_ids: Sequence[int], day: date) -> list[Line]:
    """The stops of these routes that hold on a day, of outlets that are open, in order."""
    query = (
        select(
            Stop.outlet_id, Stop.route_id, Stop.weekday, Stop.weeks, Stop.phase, Stop.sequence,
            Stop.planned_minute,
        )
        .join(Outlet, Outlet.id == Stop.outlet_id)
        .where(
            Stop.route_id.in_(route_ids), Stop.valid_from <= day,
            or_(Stop.valid_to.is_(None), Stop.valid_to >= day), Outlet.status == "active",
        )
        .order_by(Stop.route_id, Stop.weekday, Stop.sequence, Stop.id)
        .limit(20 * MOST_STORES)
    )  # fmt: skip
    return numbered([Line._make(row) for row in session.execute(query)])


def lines_of(session: Session, version_id: int) -> list[Line]:
    """A version's lines as they were made, in order."""
    query = (
        select(
            PlanLine.outlet_id, PlanLine.route_id, PlanLine.weekday, PlanLine.weeks, PlanLine.phase,
            PlanLine.sequence, PlanLine.planned_minute,
        )
        .where(PlanLine.version_id == version_id)
        .order_by(PlanLine.route_id, PlanLine.weekday, PlanLine.sequence, PlanLine.id)
        .limit(20 * MOST_STORES)
    )  # fmt: skip
    return [Line._make(row) for row in session.execute(query)]


def load_facts(session: Session, plan: Plan) -> Facts:
    """The plan's facts as of its first day."""
    terms = terms_of(plan.terms)
    routes = find_routes(session, territory_id=plan.territory_id)
    today = lines_on(session, [route.id for route in routes], plan.starts_on)
    names = _reps(session, routes, start_of(session, plan))
    return Facts(
        terms=terms,
        routes={
            route.id: PlanRoute(
                route.id, route.code, route.name, route.name_en, route.version, names.get(route.id, "")
            )
            for route in routes
        },
        outlets=load_outlets(session, plan.territory_id, today, terms),
        today=today,
    )


def start_of(session: Session, plan: Plan) -> datetime:
    """The instant at which the plan's first day begins where it is walked."""
    timezone = session.get_one(Territory, plan.territory_id).timezone
    return datetime.combine(plan.starts_on, time(6), ZoneInfo(timezone))


def load_outlets(
    session: Session, territory_id: int, today: Sequence[Line], terms: PlanTerms
) -> dict[int, PlanOutlet]:
    """The stores of the territory, and those on its routes wherever they are filed, in order of id."""
    on_routes = {line.outlet_id for line in today}
    lines: dict[int, list[Line]] = {}
    for line in today:
        lines.setdefault(line.outlet_id, []).append(line)
    query = (
        select(
            Outlet.id, Outlet.code, Outlet.name, Outlet.outlet_class, Outlet.latitude, Outlet.longitude,
            Outlet.service_minutes, Outlet.visits_per_4_weeks, Outlet.hours,
        )
        .where(Outlet.status == "active", Outlet.territory_id == territory_id)
        .order_by(Outlet.id)
        .limit(MOST_STORES)
    )  # fmt: skip
    rows = {row[0]: row for row in session.execute(query)}
    others = sorted(on_routes - rows.keys())
    for start in range(0, len(others), 500):
        part = select(*query.selected_columns).where(Outlet.id.in_(others[start : start + 500]))
        rows |= {row[0]: row for row in session.execute(part)}
    return {
        outlet_id: with_wanted(
            PlanOutlet(
                outlet_id, code, name, outlet_class, latitude, longitude, minutes or terms.minutes_a_stop,
                wanted, tuple((int(d), int(a), int(b)) for d, a, b in hours or ()),
            ),
            lines.get(outlet_id, ()),
        )
        for outlet_id, code, name, outlet_class, latitude, longitude, minutes, wanted, hours in sorted(
            rows.values(), key=lambda row: row[0]
        )
    }  # fmt: skip


def _reps(session: Session, routes: Sequence[Route], at: datetime) -> dict[int, str]:
    found = find_assignments(session, route_ids=[route.id for route in routes], at=at)
    names: dict[int, str] = {}
    for one in sorted(found, key=lambda holder: holder.kind == "substitution"):
        if one.role == "rep":
            names[one.route_id] = one.holder
    return names
