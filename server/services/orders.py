"""Orders: kept as they were signed, checked against the books, and planned on the route's truck when nothing is odd.

What is odd waits for a person (services/order_reviews.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from server.domain.journey_plan import next_truck_day, zone
from server.domain.operation_bodies.visits import OrderBody
from server.domain.operations import Unacceptable
from server.domain.order_review import STANDARD_LIST, OrderFacts, review_reasons
from server.models import Base
from server.services.field_facts import FieldFacts, OutletFacts, RouteFacts
from server.services.prepared import Prepared, prepared_insert

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
    day = due_day(body.delivery_day, signed.today, route)
    delivery = delivery_row(
        order_id, signed.outlet_id, route, day, facts.holder(route.id, "truck", noon(day, route.timezone))
    )
    return OrderRows(
        order, lines, delivery, delivery_lines(order_id, [(x.sku_id, x.quantity) for x in body.lines])
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


def due_day(delivery_day: date, today: date, route: RouteFacts) -> date:
    """The day on which the truck carries the order: as promised, or the next truck day when that has passed before
    the order arrived (a phone without a network for days)."""
    if delivery_day >= today:
        return delivery_day
    return next_truck_day(today, route.truck_weekdays) or delivery_day


def noon(day: date, timezone: str) -> datetime:
    """The instant at which a truck of a day is on its way."""
    return datetime.combine(day, time(12), tzinfo=zone(timezone))


def delivery_row(
    order_id: UUID, outlet_id: int | None, route: RouteFacts, day: date, truck_id: int | None
) -> Row:
    """The delivery of an order on a truck's day, as it is planned."""
    return {
        "id": order_id,
        "outlet_id": outlet_id,
        "route_id": route.id,
        "truck_id": truck_id,
        "day": day,
        "status": "planned",
        "driver_id": None,
        "delivered_at": None,
        "fix": None,
        "note": "",
        "signature": "",
    }


def delivery_lines(order_id: UUID, lines: list[tuple[int, int]]) -> list[Row]:
    """What is to be handed over of each SKU, in pieces; nothing for what was taken back to zero."""
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
        write_delivery(connection, rows.delivery, rows.delivery_lines)


def write_delivery(connection: Connection, delivery: Row, lines: list[Row]) -> None:
    """Put a delivery on its truck."""
    _ADD_DELIVERY.write(connection, delivery)
    _ADD_DELIVERY_LINES.write_many(connection, lines)


_T = Base.metadata.tables
_EXISTS = Prepared(select(_T["customer_order"].c.status).where(_T["customer_order"].c.id == bindparam("key")))
_ADD_ORDER = prepared_insert(_T["customer_order"])
_ADD_LINES = prepared_insert(_T["order_line"])
_ADD_DELIVERY = prepared_insert(_T["delivery"])
_ADD_DELIVERY_LINES = prepared_insert(_T["delivery_line"])
