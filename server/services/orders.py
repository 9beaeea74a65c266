"""Orders: kept as they were signed, checked against the books, and planned on the route's truck when nothing is odd."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from server.domain.journey_plan import next_truck_day, zone
from server.domain.operation_bodies.visits import OrderBody
from server.domain.operations import Unacceptable
from server.domain.order_review import STANDARD_LIST, OrderFacts, review_reasons
from server.domain.routes import Held, holder_at
from server.errors import Conflict, NotFound
from server.models import Assignment, Base, Order, OrderLine, Outlet, Person, Price, Route, Sku, Territory
from server.services import audit, kpi_marks
from server.services.field_facts import FieldFacts, OutletFacts, RouteFacts
from server.services.prepared import Prepared, prepared_insert
from server.services.scopes import Within
from server.services.transaction import deed

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Signed:
    """Where and when an order was signed; `today` is the day on which the server got it."""

    visit_id: UUID
    person_id: int
    outlet: OutletFacts | None
    outlet_id: int | None
    route: RouteFacts | None
    at: datetime
    day: date
    today: date


@dataclass(slots=True)
class OrderRows:
    """An order ready to be written. `delivery` is None while a person has to look at the order."""

    order: Row
    lines: list[Row]
    delivery: Row | None
    delivery_lines: list[Row]


def rows_of(signed: Signed, body: OrderBody, facts: FieldFacts) -> OrderRows:
    """What is to be written. Errors: Unacceptable `invalid` for a SKU that is not known."""
    for index, line in enumerate(body.lines):
        if line.sku_id not in facts.skus:
            raise Unacceptable("invalid", f"order.lines.{index}.0", "not_found")
    reasons = review_reasons(body, _books(signed, body, facts))
    route = signed.route
    order: Row = {
        "id": body.order_id,
        "visit_id": signed.visit_id,
        "outlet_id": signed.outlet_id,
        "route_id": route.id if route else None,
        "person_id": signed.person_id,
        "ordered_at": signed.at,
        "day": signed.day,
        "delivery_day": body.delivery_day,
        "price_list": body.price_list,
        "total_minor": body.total_minor,
        "status": "needs_review" if reasons else "open",
        "review_reason": ",".join(reasons),
        "signature": body.signature,
    }
    order_id = body.order_id
    lines: list[Row] = [
        {
            "order_id": order_id,
            "sku_id": sku_id,
            "suggested": suggested,
            "quantity": quantity,
            "piece_minor": piece_minor,
            "reason": reason,
        }
        for sku_id, suggested, quantity, piece_minor, reason in body.lines
    ]
    if reasons or route is None:
        return OrderRows(order, lines, None, [])
    day = _due(body.delivery_day, signed.today, route)
    delivery: Row = {
        **_EMPTY_DELIVERY,
        "id": order_id,
        "outlet_id": signed.outlet_id,
        "route_id": route.id,
        "truck_id": facts.holder(route.id, "truck", noon(day, route.timezone)),
        "day": day,
    }
    return OrderRows(
        order, lines, delivery, _delivery_lines(order_id, [(x.sku_id, x.quantity) for x in body.lines])
    )


def _books(signed: Signed, body: OrderBody, facts: FieldFacts) -> OrderFacts:
    outlet, chain = signed.outlet, signed.outlet.chain if signed.outlet else ""
    prices = {line.sku_id: facts.price(body.price_list, line.sku_id, signed.day) for line in body.lines}
    return OrderFacts(
        day=signed.day,
        prices={sku: minor for sku, minor in prices.items() if minor is not None},
        packs={line.sku_id: facts.skus[line.sku_id].pack for line in body.lines},
        active={line.sku_id for line in body.lines if facts.skus[line.sku_id].active},
        lists={STANDARD_LIST, chain} if chain else {STANDARD_LIST},
        truck_weekdays=signed.route.truck_weekdays if signed.route else None,
        outlet_closed=outlet.closed if outlet else False,
    )


def _due(delivery_day: date, today: date, route: RouteFacts) -> date:
    """The day on which the truck carries the order: as promised, or the next truck day when that has passed before
    the order arrived (a phone without a network for days)."""
    if delivery_day >= today:
        return delivery_day
    return next_truck_day(today, route.truck_weekdays) or delivery_day


def noon(day: date, timezone: str) -> datetime:
    """The instant at which a truck of a day is on its way."""
    return datetime.combine(day, time(12), tzinfo=zone(timezone))


def _delivery_lines(order_id: UUID, lines: list[tuple[int, int]]) -> list[Row]:
    return [
        {"delivery_id": order_id, "sku_id": sku_id, "ordered": quantity, "delivered": None, "reason": ""}
        for sku_id, quantity in lines
        if quantity
    ]


def write(connection: Connection, rows: OrderRows) -> None:
    """Write an order. Errors: Unacceptable `key_reuse` when the id is taken."""
    if _EXISTS.first(connection, {"key": rows.order["id"]}):
        raise Unacceptable("key_reuse", "order.order_id")
    _ADD_ORDER.write(connection, rows.order)
    _ADD_LINES.write_many(connection, rows.lines)
    if rows.delivery:
        _ADD_DELIVERY.write(connection, rows.delivery)
        _ADD_DELIVERY_LINES.write_many(connection, rows.delivery_lines)


@dataclass(frozen=True)
class OrderToReview:
    """An order that waits for a person, with what was odd about it."""

    id: UUID
    day: date
    delivery_day: date
    outlet: str
    person: str
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
        select(Order, Outlet.name, Person.name)
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
        .where(OrderLine.order_id.in_([order.id for order, _, _ in rows]))
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
            person=person,
            total_minor=order.total_minor,
            reasons=order.review_reason.split(","),
            lines=lines.get(order.id, []),
        )
        for order, outlet, person in rows
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
    day = _due(order.delivery_day, today, route)
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
    connection = session.connection()
    delivery = {
        **_EMPTY_DELIVERY,
        "id": order.id,
        "outlet_id": order.outlet_id,
        "route_id": route.id,
        "truck_id": holder_at(trucks, noon(day, route.timezone)),
        "day": day,
    }
    _ADD_DELIVERY.write(connection, delivery)
    planned = _delivery_lines(order.id, [(sku, pieces) for sku, pieces in lines])
    _ADD_DELIVERY_LINES.write_many(connection, planned)


_EMPTY_DELIVERY: Row = {
    "status": "planned",
    "driver_id": None,
    "delivered_at": None,
    "fix": None,
    "note": "",
    "signature": "",
}
_T = Base.metadata.tables
_EXISTS = Prepared(select(_T["customer_order"].c.status).where(_T["customer_order"].c.id == bindparam("key")))
_ADD_ORDER = prepared_insert(_T["customer_order"])
_ADD_LINES = prepared_insert(_T["order_line"])
_ADD_DELIVERY = prepared_insert(_T["delivery"])
_ADD_DELIVERY_LINES = prepared_insert(_T["delivery_line"])
