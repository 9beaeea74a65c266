"""Orders that were odd: what waits for a person, and what the person decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.journey_plan import next_truck_day
from server.domain.routes import Held, holder_at
from server.errors import Conflict, NotFound
from server.models import Assignment, Order, OrderLine, Outlet, Person, Price, Route, Sku, Territory
from server.services import audit, kpi_marks
from server.services.field_facts import RouteFacts
from server.services.orders import delivery_lines, delivery_row, due_day, noon, write_delivery
from server.services.scopes import Within
from server.services.transaction import deed


@dataclass(frozen=True)
class OrderToReview:
    """An order that waits for a person, with what was odd about it."""

    id: UUID
    day: date
    delivery_day: date
    outlet: str
    outlet_en: str
    person: str
    person_en: str
    total_minor: int
    reasons: list[str]
    lines: list[ReviewLine]


@dataclass(frozen=True)
class ReviewLine:
    """A line as it was signed; `listed_minor` is today's price of the order's list, None where it has none."""

    code: str
    name: str
    name_en: str
    pack: int
    quantity: int
    piece_minor: int
    listed_minor: int | None


def find_orders_to_review(
    session: Session, *, today: date, limit: int = 100, within: Within = None
) -> list[OrderToReview]:
    """Orders that wait for a person, oldest first."""
    waiting = (
        select(Order, Outlet.name, Outlet.name_en, Person.name, Person.name_en)
        .outerjoin(Outlet, Outlet.id == Order.outlet_id)
        .join(Person, Person.id == Order.person_id)
        .where(Order.status == "needs_review")
        .order_by(Order.ordered_at)
        .limit(min(limit, 100))
    )
    if within is not None:
        waiting = waiting.where(Outlet.territory_id.in_(within))
    rows = session.execute(waiting).all()
    lines: dict[UUID, list[ReviewLine]] = {}
    newest = (
        select(Price.piece_minor)
        .where(
            Price.sku_id == OrderLine.sku_id, Price.price_list == Order.price_list, Price.valid_from <= today
        )
        .order_by(Price.valid_from.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(OrderLine, Sku, newest)
        .join(Sku, Sku.id == OrderLine.sku_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.order_id.in_([order.id for order, *_ in rows]))
        .order_by(Sku.position, Sku.id)
    )
    for line, sku, listed in session.execute(query):
        lines.setdefault(line.order_id, []).append(
            ReviewLine(sku.code, sku.name, sku.name_en, sku.pack, line.quantity, line.piece_minor, listed)
        )
    return [
        OrderToReview(
            id=order.id,
            day=order.day,
            delivery_day=order.delivery_day,
            outlet=outlet or "",
            outlet_en=outlet_en or "",
            person=person,
            person_en=person_en,
            total_minor=order.total_minor,
            reasons=order.review_reason.split(","),
            lines=lines.get(order.id, []),
        )
        for order, outlet, outlet_en, person, person_en in rows
    ]


@deed
def review_order(
    session: Session, *, order_id: UUID, accept: bool, today: date, now: datetime, by: int
) -> Order:
    """Decide an order that needs review: accepted, it goes on the truck of its day (or the next one); else cancelled.

    Errors: NotFound; Conflict when it was decided already; Conflict `no_route` when no route could carry it.
    """
    order = session.get(Order, order_id, with_for_update=True)
    if order is None:
        raise NotFound
    if order.status != "needs_review":
        raise Conflict
    order.status = "open" if accept else "cancelled"
    if accept:
        _put_on_truck(session, order, today)
    session.flush()
    kpi_marks.mark(session.connection(), order.route_id, order.day, now)
    audit.record(
        session,
        at=now,
        person_id=by,
        deed="order.review",
        subject=f"order:{order_id}",
        detail={"accepted": accept, "reasons": order.review_reason},
    )
    return order


def _put_on_truck(session: Session, order: Order, today: date) -> None:
    found = session.execute(
        select(Route.truck_weekdays, Territory.timezone, Route.territory_id)
        .join(Territory, Territory.id == Route.territory_id)
        .where(Route.id == order.route_id)
    ).first()
    if found is None or order.route_id is None:
        raise Conflict("no_route")
    route = RouteFacts(order.route_id, found.territory_id, found.timezone, tuple(found.truck_weekdays))
    day = due_day(order.delivery_day, today, route)
    if day.weekday() not in route.truck_weekdays:
        day = next_truck_day(day, route.truck_weekdays) or day
    trucks = [
        Held(row.truck_id or 0, row.starts_at, row.ends_at, row.kind == "regular")
        for row in session.scalars(
            select(Assignment).where(Assignment.route_id == route.id, Assignment.role == "truck")
        )
    ]
    lines = session.execute(
        select(OrderLine.sku_id, OrderLine.quantity).where(OrderLine.order_id == order.id)
    )
    truck = holder_at(trucks, noon(day, route.timezone))
    delivery = delivery_row(order.id, order.outlet_id, route, day, truck)
    write_delivery(
        session.connection(), delivery, delivery_lines(order.id, [(sku, pieces) for sku, pieces in lines])
    )
