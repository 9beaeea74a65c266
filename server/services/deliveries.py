"""Deliveries: what drivers say they handed over. Sold and delivered are counted from here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from server.domain.deliveries import DeliveryLine, delivery_status
from server.domain.operation_bodies import DeliveryRecord
from server.domain.operation_bodies.deliveries import DeliveredLine
from server.domain.operations import Unacceptable
from server.models import Base
from server.services.captured import Captured, Effect
from server.services.field_facts import FieldFacts
from server.services.visits import raise_card_version


def record_delivery(
    connection: Connection, captured: Captured, body: DeliveryRecord, facts: FieldFacts
) -> Effect:
    """Write what was handed over. A later word about the same delivery replaces an earlier one, never the other way.

    The status follows from the lines, not from what the phone called it. A SKU that was ordered and is not named was
    not handed over; one that was not ordered is added. Errors: Unacceptable `not_allowed` for a delivery of a route
    that the person did not drive that day (or that does not exist), `invalid` for an unknown SKU.
    """
    at = captured.instant(body.at)
    delivery = connection.execute(_DELIVERY, {"id": body.delivery_id}).first()
    if delivery is None or not _drove(facts, delivery.route_id, at):
        raise Unacceptable("not_allowed", "delivery_id", "not_found")
    for index, line in enumerate(body.lines):
        if line.sku_id not in facts.skus:
            raise Unacceptable("invalid", f"lines.{index}.0", "not_found")
    subject = f"delivery:{body.delivery_id}"
    detail: dict[str, object] = {"operation": str(captured.operation_id), "lines": len(body.lines)}
    if delivery.delivered_at is not None and delivery.delivered_at > at:
        return Effect("delivery.record", subject, {**detail, "superseded": True})
    status = _write_lines(connection, body.delivery_id, body.lines)
    _write(connection, captured, body, at, delivery, status)
    detail["status"] = status
    if status != body.status:
        detail["said"] = body.status
    return Effect("delivery.record", subject, detail)


def _drove(facts: FieldFacts, route_id: int | None, at: datetime) -> bool:
    """Whether the person was the driver of a route at some time of the business day of `at`."""
    route = facts.routes.get(route_id) if route_id is not None else None
    if route is None:
        return False
    # Half a day either way stands for "that day": a driver who takes over at noon has the whole load sheet.
    early, late = at - timedelta(hours=12), at + timedelta(hours=12)
    return any(
        held_route == route_id
        and role == "driver"
        and starts_at <= late
        and (ends_at is None or ends_at > early)
        for held_route, role, starts_at, ends_at in facts.own
    )


def _write_lines(connection: Connection, delivery_id: UUID, said: tuple[DeliveredLine, ...]) -> str:
    ordered: dict[int, int] = {
        row.sku_id: row.ordered for row in connection.execute(_LINES, {"delivery": delivery_id})
    }
    named = {line.sku_id for line in said}
    lines = [*said, *(DeliveredLine(sku_id, 0, "short") for sku_id in ordered if sku_id not in named)]
    known = [line for line in lines if line.sku_id in ordered]
    extra = [line for line in lines if line.sku_id not in ordered and line.delivered]
    if known:
        connection.execute(
            _SET_LINE,
            [
                {"delivery": delivery_id, "sku": line.sku_id, "pieces": line.delivered, "why": line.reason}
                for line in known
            ],
        )
    if extra:
        connection.execute(
            _ADD_LINE,
            [
                {
                    "delivery_id": delivery_id,
                    "sku_id": line.sku_id,
                    "ordered": 0,
                    "delivered": line.delivered,
                    "reason": line.reason,
                }
                for line in extra
            ],
        )
    # More than was ordered is no shortage: the status looks at what is missing only.
    return delivery_status(
        [
            DeliveryLine(line.sku_id, ordered[line.sku_id], min(line.delivered, ordered[line.sku_id]))
            for line in known
        ]
    )


def _write(
    connection: Connection,
    captured: Captured,
    body: DeliveryRecord,
    at: datetime,
    delivery: Row[*tuple[Any, ...]],
    status: str,
) -> None:
    connection.execute(
        _SET_DELIVERY,
        {
            "key": body.delivery_id,
            "status": status,
            "driver_id": captured.person_id,
            "delivered_at": at,
            "fix": body.fix._asdict() if body.fix else None,
            "note": body.note,
            "signature": body.signature,
        },
    )
    connection.execute(_SET_ORDER, {"key": body.delivery_id, "status": status})
    if delivery.outlet_id is not None:
        raise_card_version(connection, delivery.outlet_id)


_DELIVERIES, _DELIVERY_LINES = Base.metadata.tables["delivery"], Base.metadata.tables["delivery_line"]
_ORDERS = Base.metadata.tables["customer_order"]
_DELIVERY = (
    select(_DELIVERIES.c.route_id, _DELIVERIES.c.outlet_id, _DELIVERIES.c.delivered_at)
    .where(_DELIVERIES.c.id == bindparam("id"))
    .with_for_update()
)
_LINES = select(_DELIVERY_LINES.c.sku_id, _DELIVERY_LINES.c.ordered).where(
    _DELIVERY_LINES.c.delivery_id == bindparam("delivery")
)
_SET_LINE = (
    update(_DELIVERY_LINES)
    .where(
        _DELIVERY_LINES.c.delivery_id == bindparam("delivery"), _DELIVERY_LINES.c.sku_id == bindparam("sku")
    )
    .values(delivered=bindparam("pieces"), reason=bindparam("why"))
)
_ADD_LINE = insert(_DELIVERY_LINES)
_SET_DELIVERY = (
    update(_DELIVERIES)
    .where(_DELIVERIES.c.id == bindparam("key"))
    .values(
        status=bindparam("status"),
        driver_id=bindparam("driver_id"),
        delivered_at=bindparam("delivered_at"),
        fix=bindparam("fix"),
        note=bindparam("note"),
        signature=bindparam("signature"),
    )
)
_SET_ORDER = update(_ORDERS).where(_ORDERS.c.id == bindparam("key")).values(status=bindparam("status"))
