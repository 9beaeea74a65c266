"""The visits behind a figure: no contacts, and no names of outlets that the reader may not see at the desk."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Text, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from server.domain.secrecy import seen_at_desk
from server.models import Order, OrderLine, Outlet, Person, Route, Sku, StockCount, Visit
from server.services import scopes
from server.services.scopes import Within

Only = Literal["all", "productive", "unproductive", "unplanned", "incomplete", "out_of_stock"]
ONLY: Final = ("all", "productive", "unproductive", "unplanned", "incomplete", "out_of_stock")


@dataclass(frozen=True)
class Behind:
    """Which visits: days from `first` to `last`, narrowed as the figure was. `only`: a part of them."""

    first: date
    last: date
    within: Within = None
    territory_id: int | None = None
    route_id: int | None = None
    person_id: int | None = None
    outlet_class: str | None = None
    brand_id: int | None = None
    only: Only = "all"


class VisitLine(NamedTuple):
    """One visit. `outlet` is empty for a store only proposed, and for one whose name the reader may not see."""

    id: UUID
    day: date
    checked_in_at: datetime
    minutes: int
    outlet_id: int | None
    code: str
    outlet: str
    outlet_class: str
    route: str
    person: str
    planned: bool
    outcome: str
    lines: int
    order_minor: int
    skus_counted: int
    skus_zero: int
    flags: list[str]


def find_visits(
    session: Session, behind: Behind, *, roles: Collection[str], offset: int, limit: int
) -> tuple[list[VisitLine], bool]:
    """The newest first, and whether more follow. Errors: NotFound for a route, rep or territory of others."""
    if behind.route_id is not None:
        scopes.check_route(session, behind.within, behind.route_id)
    if behind.person_id is not None:
        scopes.check_person_within(session, behind.within, behind.person_id, f"person:{behind.person_id}")
    if behind.territory_id is not None:
        scopes.check_within(behind.within, behind.territory_id, f"territory:{behind.territory_id}")
    query = _narrow(_VISITS, behind).order_by(Visit.day.desc(), Visit.checked_in_at.desc(), Visit.id)
    rows = session.execute(query.offset(offset).limit(limit + 1)).all()
    seen = seen_at_desk(roles)
    return [_line(row, seen) for row in rows[:limit]], len(rows) > limit


def _narrow(query: Select[Any], behind: Behind) -> Select[Any]:
    place = func.coalesce(Route.territory_id, Outlet.territory_id)
    query = query.where(Visit.day >= behind.first, Visit.day <= behind.last)
    if behind.within is not None:
        query = query.where(place.in_(behind.within))
    exact: list[tuple[Any, object]] = [
        (place, behind.territory_id),
        # 0 stands for the calls on no route.
        (func.coalesce(Visit.route_id, 0) if behind.route_id == 0 else Visit.route_id, behind.route_id),
        (Visit.person_id, behind.person_id),
        (func.coalesce(Outlet.outlet_class, ""), behind.outlet_class),
    ]
    query = query.where(*(column == value for column, value in exact if value is not None))
    return query.where(*_only(behind))


def _only(behind: Behind) -> list[ColumnElement[bool]]:
    ordered = select(OrderLine.sku_id).where(OrderLine.order_id == Order.id)
    counted = select(StockCount.sku_id).where(StockCount.visit_id == Visit.id)
    if behind.brand_id is not None:
        brand = select(Sku.id).where(Sku.brand_id == behind.brand_id)
        ordered = ordered.where(OrderLine.sku_id.in_(brand))
        counted = counted.where(StockCount.sku_id.in_(brand))
    sold, empty = exists(ordered), exists(counted.where(StockCount.shelf + StockCount.backroom == 0))
    chosen: dict[str, list[ColumnElement[bool]]] = {
        "all": [],
        "productive": [sold],
        "unproductive": [or_(Order.id.is_(None), ~sold)],
        "unplanned": [~Visit.planned],
        "incomplete": [cast(Visit.flags, Text).contains('"incomplete"')],
        "out_of_stock": [empty],
    }
    return chosen[behind.only]


def _line(row: Row[Any], seen: Collection[str]) -> VisitLine:
    visit: Visit = row._mapping[Visit]
    outlet: Outlet | None = row._mapping[Outlet]
    shown = outlet is not None and outlet.secrecy in seen
    return VisitLine(
        id=visit.id,
        day=visit.day,
        checked_in_at=visit.checked_in_at,
        minutes=max(0, round((visit.checked_out_at - visit.checked_in_at).total_seconds() / 60)),
        outlet_id=visit.outlet_id if shown else None,
        code=outlet.code if outlet and shown else "",
        outlet=outlet.name if outlet and shown else "",
        outlet_class=outlet.outlet_class if outlet else "",
        route=row.route or "",
        person=row.person,
        planned=visit.planned,
        outcome=visit.outcome or "",
        lines=row.lines,
        order_minor=row.total_minor or 0,
        skus_counted=row.counted,
        skus_zero=row.zero,
        flags=list(visit.flags),
    )


_COUNTED = select(func.count()).where(StockCount.visit_id == Visit.id)
_VISITS = (
    select(
        Visit,
        Outlet,
        Route.code.label("route"),
        Person.name.label("person"),
        Order.total_minor,
        select(func.count()).where(OrderLine.order_id == Order.id).scalar_subquery().label("lines"),
        _COUNTED.scalar_subquery().label("counted"),
        _COUNTED.where(StockCount.shelf + StockCount.backroom == 0).scalar_subquery().label("zero"),
    )
    .join(Person, Person.id == Visit.person_id)
    .outerjoin(Outlet, Outlet.id == Visit.outlet_id)
    .outerjoin(Route, Route.id == Visit.route_id)
    .outerjoin(Order, and_(Order.visit_id == Visit.id, Order.status != "cancelled"))
)
