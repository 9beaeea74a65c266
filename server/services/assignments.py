"""Assignments: who or which truck serves a route, from an instant to an instant. Nothing is overwritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from server.domain.routes import Held, holder_at
from server.errors import FieldError, Invalid, NotFound
from server.models import Assignment, Person, Route, Truck
from server.services import audit
from server.services.transaction import deed

LIST_LIMIT = 2_000
ASSIGNMENT_ROLES = ("rep", "driver", "truck", "supervisor")


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
        .limit(LIST_LIMIT)
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
    if session.get(Route, route_id) is None:
        raise NotFound
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
