"""For which territories somebody works. Supervisors and managers may be given some; who has none works for all."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, bindparam, cast, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.errors import NotFound
from server.models import Alert, Assignment, Operation, Order, Outlet, PersonTerritory, Route

# The roles that a territory narrows; those that keep or watch over the whole book see all of it.
NARROWED: Final = frozenset({"rep", "driver", "supervisor", "manager"})
Within = frozenset[int] | None


def territories_of(session: Session, person_id: int, roles: Collection[str], day: date) -> Within:
    """The territories that a person works for on a day; None: all."""
    if not NARROWED.issuperset(roles):
        return None
    found = session.scalars(
        select(PersonTerritory.territory_id).where(
            PersonTerritory.person_id == person_id,
            PersonTerritory.valid_from <= day,
            or_(PersonTerritory.valid_to.is_(None), PersonTerritory.valid_to >= day),
        )
    )
    return frozenset(found) or None


def check_within(within: Within, territory_id: int | None, subject: str = "") -> None:
    """Errors: NotFound for what lies in another territory, the same as for what is not there (F1)."""
    if within is not None and territory_id not in within:
        raise NotFound(subject=subject)


def check_route(session: Session, within: Within, route_id: int) -> None:
    """Errors: NotFound for a route of another territory."""
    if within is not None:
        check_within(within, session.scalar(_TERRITORY_OF_ROUTE, {"key": route_id}), f"route:{route_id}")


def check_outlets(
    session: Session, within: Within, outlet_ids: Collection[int], classes: Collection[str] | None = None
) -> None:
    """Errors: NotFound where one of the outlets lies in another territory; those of none yet are anybody's. Where
    `classes` are given, also for one of another secrecy class."""
    hidden = []
    if within is not None:
        hidden.append(Outlet.territory_id.not_in(within))
    if classes is not None:
        hidden.append(Outlet.secrecy.not_in(classes))
    if not hidden:
        return
    foreign = session.scalar(
        select(Outlet.id).where(Outlet.id.in_(outlet_ids), or_(*hidden)).order_by(Outlet.id).limit(1)
    )
    if foreign is not None:
        raise NotFound(subject=f"outlet:{foreign}")


def check_order(session: Session, within: Within, order_id: UUID) -> None:
    """Errors: NotFound for an order of an outlet of another territory."""
    if within is not None:
        query = (
            select(Outlet.territory_id).join(Order, Order.outlet_id == Outlet.id).where(Order.id == order_id)
        )
        check_within(within, session.scalar(query), f"order:{order_id}")


def check_operation(session: Session, within: Within, operation_id: UUID) -> None:
    """Errors: NotFound for an operation of somebody of other territories."""
    if within is not None:
        person_id = session.scalar(select(Operation.person_id).where(Operation.id == operation_id))
        check_person_within(session, within, person_id or 0, f"operation:{operation_id}")


def driven_by(session: Session, person_id: int, at: datetime) -> frozenset[int]:
    """The routes that a person drives at an instant."""
    query = select(Assignment.route_id).where(
        Assignment.person_id == person_id,
        Assignment.role == "driver",
        Assignment.starts_at <= at,
        or_(Assignment.ends_at.is_(None), Assignment.ends_at > at),
    )
    return frozenset(session.scalars(query))


def people_within(within: frozenset[int]) -> Select[int | None]:
    """Ids of the people who hold or held a route of these territories."""
    return (
        select(Assignment.person_id)
        .join(Route, Route.id == Assignment.route_id)
        .where(Route.territory_id.in_(within), Assignment.person_id.is_not(None))
    )


def alerts_within(within: Within, by: int) -> tuple[ColumnElement[bool], ...]:
    """Terms for the alerts that somebody may read: of everything for who is not narrowed; else about an outlet or about
    people of these territories, or those that are theirs to deal with."""
    if within is None:
        return ()
    outlets = select(_subject("outlet", Outlet.id)).where(Outlet.territory_id.in_(within))
    people = people_within(within).with_only_columns(_subject("person", Assignment.person_id))
    return (or_(Alert.owner_id == by, Alert.subject.in_(outlets), Alert.subject.in_(people)),)


def _subject(noun: str, key: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """What an alert about it is called. Asked as texts: what stands behind another noun may be no number."""
    return literal(f"{noun}:") + cast(key, String)


def check_person_within(session: Session, within: Within, person_id: int, subject: str = "") -> None:
    """Errors: NotFound for somebody of other territories."""
    if within is None:
        return
    found = session.scalar(people_within(within).where(Assignment.person_id == person_id).limit(1))
    if found is None:
        raise NotFound(subject=subject)


_TERRITORY_OF_ROUTE = select(Route.territory_id).where(Route.id == bindparam("key"))
