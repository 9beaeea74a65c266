"""Absences and their substitutions (代班): written down together, dated, and undone as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from server.domain.journey_plan import business_date, zone
from server.domain.roster import Away, check_absence
from server.errors import Conflict, FieldError, Invalid, NotFound
from server.models import Absence, Assignment, Cover, Outlet, Person, Route, Stop
from server.services import audit
from server.services.assignments import assign
from server.services.company import get_company
from server.services.scopes import Within, people_within
from server.services.substitutions import HeldRoute, find_held
from server.services.transaction import deed

LIST_LIMIT = 500


@dataclass(frozen=True)
class Portion:
    """Outlets of one route that one person looks after."""

    person_id: int
    route_id: int
    outlet_ids: tuple[int, ...]


@dataclass(frozen=True)
class AbsenceView:
    """An absence with who stands in: one person, or several by outlets; both empty while it is uncovered."""

    id: int
    person_id: int
    person: str
    first_day: date
    last_day: date
    reason: str
    made_at: datetime
    stand_ins: list[str]
    routes: int
    spread: bool


def find_absences(session: Session, first: date, last: date, *, within: Within = None) -> list[AbsenceView]:
    """The absences that touch these days, in order of their first day; at most 500."""
    query = (
        select(Absence, Person.name)
        .join(Person, Person.id == Absence.person_id)
        .where(Absence.withdrawn_at.is_(None), Absence.first_day <= last, Absence.last_day >= first)
        .order_by(Absence.first_day, Absence.id)
        .limit(LIST_LIMIT)
    )
    if within is not None:
        query = query.where(Absence.person_id.in_(people_within(within)))
    rows = session.execute(query).all()
    ids = [one.id for one, _ in rows]
    whole, parts = _stand_ins(session, Assignment, ids), _stand_ins(session, Cover, ids)
    return [
        AbsenceView(
            one.id, one.person_id, name, one.first_day, one.last_day, one.reason, one.made_at,
            stand_ins=sorted({who for who, _ in [*whole.get(one.id, ()), *parts.get(one.id, ())]}),
            routes=len({route for _, route in [*whole.get(one.id, ()), *parts.get(one.id, ())]}),
            spread=one.id in parts,
        )
        for one, name in rows
    ]  # fmt: skip


def _stand_ins(
    session: Session, table: type[Assignment] | type[Cover], ids: Sequence[int]
) -> dict[int, list[tuple[str, int]]]:
    query = (
        select(table.absence_id, Person.name, table.route_id)
        .join(Person, Person.id == table.person_id)
        .where(table.absence_id.in_(ids))
        .distinct()
        .limit(20 * LIST_LIMIT)
    )
    found: dict[int, list[tuple[str, int]]] = {}
    for absence_id, name, route_id in session.execute(query):
        found.setdefault(absence_id or 0, []).append((name, route_id))
    return found


def get_absence(session: Session, absence_id: int) -> Absence:
    """Errors: NotFound."""
    absence = session.get(Absence, absence_id)
    if absence is None:
        raise NotFound(subject=f"absence:{absence_id}")
    return absence


def _standing(session: Session, absence_id: int) -> Absence:
    """Errors: NotFound; Conflict for one that was withdrawn."""
    absence = get_absence(session, absence_id)
    if absence.withdrawn_at is not None:
        raise Conflict
    return absence


def find_aways(session: Session, first: date, last: date) -> dict[int, list[Away]]:
    """The absences that touch these days, by person."""
    query = select(Absence.person_id, Absence.first_day, Absence.last_day).where(
        Absence.withdrawn_at.is_(None), Absence.first_day <= last, Absence.last_day >= first
    )
    found: dict[int, list[Away]] = {}
    for person_id, one, other in session.execute(query.limit(20 * LIST_LIMIT)):
        found.setdefault(person_id, []).append(Away(one, other))
    return found


# --- deeds ---------------------------------------------------------------------------------------------------


@deed
def add_absence(
    session: Session,
    *,
    person_id: int,
    first_day: date,
    last_day: date,
    reason: str,
    stand_in: int | None,
    portions: Sequence[Portion],
    now: datetime,
    by: int,
) -> int:
    """Write down that a person does not come, and who stands in; returns the absence's id. `stand_in` takes all that
    the person holds; `portions` divide their routes' outlets. Neither: uncovered for now.
    Errors: NotFound; Invalid or DomainError for days, people or outlets that cannot be."""
    if session.get(Person, person_id) is None:
        raise NotFound(subject=f"person:{person_id}")
    known = session.execute(
        select(Absence.first_day, Absence.last_day).where(
            Absence.person_id == person_id, Absence.withdrawn_at.is_(None), Absence.last_day >= first_day
        )
    )
    today = business_date(now, get_company(session).timezone)
    check_absence(first_day, last_day, reason, today, [Away(*one) for one in known])
    absence = Absence(
        person_id=person_id, first_day=first_day, last_day=last_day, reason=reason, made_by=by, made_at=now
    )
    session.add(absence)
    session.flush()
    audit.record(
        session, at=now, person_id=by, deed="absence.add", subject=f"person:{person_id}",
        detail={"absence": absence.id, "from": first_day.isoformat(), "until": last_day.isoformat()},
    )  # fmt: skip
    if stand_in is not None or portions:
        _substitute(session, absence, stand_in, portions, now, by)
    return absence.id


@deed
def substitute(
    session: Session,
    *,
    absence_id: int,
    stand_in: int | None,
    portions: Sequence[Portion],
    now: datetime,
    by: int,
) -> None:
    """Say who stands in for an absence that was written down before; who did until now, no longer does.
    Errors: NotFound; Conflict; Invalid."""
    absence = _standing(session, absence_id)
    _end(session, absence, now)
    _substitute(session, absence, stand_in, portions, now, by)


@deed
def withdraw(session: Session, *, absence_id: int, now: datetime, by: int) -> None:
    """The person comes after all: the absence goes, and with it from now on whoever stood in. Said
    twice, it is done once.
    Errors: NotFound."""
    absence = get_absence(session, absence_id)
    if absence.withdrawn_at is not None:
        return
    absence.withdrawn_at = now
    routes = _end(session, absence, now)
    audit.record(
        session, at=now, person_id=by, deed="absence.withdraw", subject=f"person:{absence.person_id}",
        detail={"absence": absence.id, "routes": len(routes)},
    )  # fmt: skip


@deed
def end_substitution(session: Session, *, absence_id: int, now: datetime, by: int) -> None:
    """Nobody stands in any more; the absence stays. Errors: NotFound; Conflict where nobody did."""
    absence = _standing(session, absence_id)
    routes = _end(session, absence, now)
    if not routes:
        raise Conflict
    audit.record(
        session, at=now, person_id=by, deed="substitution.end", subject=f"person:{absence.person_id}",
        detail={"absence": absence.id, "routes": len(routes)},
    )  # fmt: skip


def _substitute(
    session: Session,
    absence: Absence,
    stand_in: int | None,
    portions: Sequence[Portion],
    now: datetime,
    by: int,
) -> None:
    held = find_held(session, absence.person_id, absence.first_day)
    if not held:
        raise Invalid(errors=[FieldError("person_id", "holds_nothing")])
    _check_people(session, absence, {stand_in} if stand_in else {one.person_id for one in portions})
    if stand_in is not None:
        for one in held:
            starts, ends = _instants(absence, one.timezone)
            row = assign(
                route_id=one.id, role=one.role, holder_id=stand_in, starts_at=starts, ends_at=ends,
                kind="substitution", now=now, by=by,
            )  # fmt: skip
            row.absence_id = absence.id
    else:
        _cover(session, absence, {one.id: one for one in held if one.role == "rep"}, portions)
    audit.record(
        session, at=now, person_id=by, deed="substitution.add", subject=f"person:{absence.person_id}",
        detail={
            "absence": absence.id, "stand_in": stand_in,
            "portions": {str(one.person_id): len(one.outlet_ids) for one in portions},
        },
    )  # fmt: skip


def _check_people(session: Session, absence: Absence, wanted: set[int]) -> None:
    """Errors: Invalid for whoever is not there, is the absent one, or is away as well."""
    active = set(session.scalars(select(Person.id).where(Person.id.in_(wanted), Person.status == "active")))
    if absence.person_id in wanted or wanted - active:
        raise Invalid(errors=[FieldError("stand_in", "not_found")])
    aways = find_aways(session, absence.first_day, absence.last_day)
    if wanted & aways.keys():
        raise Invalid(errors=[FieldError("stand_in", "away_too")])


def _cover(
    session: Session, absence: Absence, held: Mapping[int, HeldRoute], portions: Sequence[Portion]
) -> None:
    """Divide outlets; each is on its route during the absence, and is given once. Errors: Invalid."""
    seen: set[tuple[int, int]] = set()
    for number, portion in enumerate(portions):
        route = held.get(portion.route_id)
        given = {(portion.route_id, one) for one in portion.outlet_ids}
        known = set(
            session.scalars(
                select(Stop.outlet_id)
                .join(Outlet, Outlet.id == Stop.outlet_id)
                .where(
                    Stop.route_id == portion.route_id, Stop.valid_from <= absence.last_day,
                    or_(Stop.valid_to.is_(None), Stop.valid_to >= absence.first_day),
                )
            )
        )  # fmt: skip
        if route is None or not known.issuperset(portion.outlet_ids):
            raise Invalid(errors=[FieldError(f"portions.{number}.outlet_ids", "not_found")])
        if given & seen:
            raise Invalid(errors=[FieldError(f"portions.{number}.outlet_ids", "twice")])
        seen |= given
        starts, ends = _instants(absence, route.timezone)
        session.add_all(
            Cover(
                absence_id=absence.id, route_id=route.id, outlet_id=outlet_id, person_id=portion.person_id,
                starts_at=starts, ends_at=ends,
            )
            for outlet_id in portion.outlet_ids
        )  # fmt: skip
    _touch(session, {route_id for route_id, _ in seen})


def _instants(absence: Absence, timezone: str) -> tuple[datetime, datetime]:
    """From the first midnight of the absence to the one after its last day, where the route is."""
    here = zone(timezone)
    return (
        datetime.combine(absence.first_day, time(), here),
        datetime.combine(absence.last_day + timedelta(days=1), time(), here),
    )


def _end(session: Session, absence: Absence, now: datetime) -> set[int]:
    """End whatever stands in for an absence: what has not begun goes, what runs ends now. Returns the routes."""
    routes: set[int] = set()
    for table in (Assignment, Cover):
        mine: ColumnElement[bool] = table.absence_id == absence.id
        routes |= set(session.scalars(select(table.route_id).where(mine, table.ends_at > now)))
        session.execute(delete(table).where(mine, table.starts_at >= now))
        session.execute(update(table).where(mine, table.ends_at > now).values(ends_at=now))
    _touch(session, routes)
    return routes


def _touch(session: Session, route_ids: set[int]) -> None:
    session.execute(update(Route).where(Route.id.in_(route_ids)).values(version=Route.version + 1))
