"""The driver's page: what is to be handed over today, and what an earlier day left open."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from server.models import Brand, Delivery, DeliveryLine, Order, Outlet, Sku, Stop
from server.services.daybook.scope import Scope
from server.services.daybook.scope_rows import STOPS_LIMIT

# A delivery that nobody recorded stays on the page for a fortnight; then the desk has to look for it.
LEFT_OPEN_FOR: Final = timedelta(days=14)
DELIVERIES_LIMIT: Final = 1_000
LINES_LIMIT: Final = 50_000


def _on_the_page(query: Select[*tuple[Any, ...]], scope: Scope) -> Select[*tuple[Any, ...]]:
    """Narrow a query of deliveries to the person's trucks and days."""
    open_before = and_(
        Delivery.day < scope.day, Delivery.day >= scope.day - LEFT_OPEN_FOR, Delivery.status == "planned"
    )
    return (
        query.join(Order, Order.id == Delivery.id)
        .where(
            Delivery.route_id.in_([route.id for route in scope.driven]),
            or_(Delivery.day == scope.day, open_before),
            Delivery.outlet_id.is_not(None),
            Order.status != "cancelled",
        )
        .limit(DELIVERIES_LIMIT)
    )


def load_version(session: Session, scope: Scope) -> str | None:
    """Changes when the page does; None where the person drives no truck today."""
    if not scope.driven:
        return None
    columns = select(Delivery.id, Delivery.status, Delivery.delivered_at, Outlet.card_version)
    query = _on_the_page(columns.join(Outlet, Outlet.id == Delivery.outlet_id), scope).order_by(Delivery.id)
    digest = hashlib.sha256(scope.day.isoformat().encode())
    for row in session.execute(query):
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()[:20]


def build_load(session: Session, scope: Scope) -> list[dict[str, object]]:
    """The deliveries in the order of the route, with their lines in the order of the catalogue."""
    if not scope.driven:
        return []
    columns = select(
        Delivery.id,
        Delivery.route_id,
        Delivery.day,
        Delivery.status,
        Delivery.note,
        Order.day.label("ordered_on"),
        Outlet.id.label("outlet_id"),
        Outlet.name,
        Outlet.address,
        Outlet.latitude,
        Outlet.longitude,
        Outlet.hours,
    ).join(Outlet, Outlet.id == Delivery.outlet_id)
    drops = list(session.execute(_on_the_page(columns, scope)))
    lines, places = _lines(session, scope), _places(session, scope)
    # The rep's order of calls is the driver's order of doors; an unplanned call's drop comes last.
    drops.sort(
        key=lambda row: (
            row.day,
            row.route_id,
            places.get((row.route_id, row.outlet_id, row.ordered_on.weekday()), STOPS_LIMIT),
            row.outlet_id,
            row.id,
        )
    )
    return [
        {
            "delivery_id": str(row.id),
            "route_id": row.route_id,
            "day": row.day.isoformat(),
            "status": row.status,
            "outlet": {
                "id": row.outlet_id,
                "name": row.name,
                "address": row.address,
                "latitude": row.latitude,
                "longitude": row.longitude,
                "hours": row.hours,
            },
            "lines": lines.get(row.id, []),
            "note": row.note,
        }
        for row in drops
    ]


def _places(session: Session, scope: Scope) -> dict[tuple[int, int, int], int]:
    """(route, outlet, weekday) -> sequence, as the routes stand today."""
    query = (
        select(Stop.route_id, Stop.outlet_id, Stop.weekday, Stop.sequence)
        .where(
            Stop.route_id.in_([route.id for route in scope.driven]),
            Stop.valid_from <= scope.day,
            or_(Stop.valid_to.is_(None), Stop.valid_to >= scope.day),
        )
        .limit(STOPS_LIMIT)
    )
    return {(route, outlet, weekday): place for route, outlet, weekday, place in session.execute(query)}


def _lines(session: Session, scope: Scope) -> dict[UUID, list[Sequence[int | None]]]:
    wanted = _on_the_page(select(Delivery.id), scope).subquery()
    query = (
        select(DeliveryLine.delivery_id, DeliveryLine.sku_id, DeliveryLine.ordered, DeliveryLine.delivered)
        .join(wanted, wanted.c.id == DeliveryLine.delivery_id)
        .join(Sku, Sku.id == DeliveryLine.sku_id)
        .join(Brand, Brand.id == Sku.brand_id)
        .order_by(Brand.position, Sku.position, Sku.id)
        .limit(LINES_LIMIT)
    )
    found: dict[UUID, list[Sequence[int | None]]] = {}
    for delivery_id, sku_id, ordered, delivered in session.execute(query):
        found.setdefault(delivery_id, []).append([sku_id, ordered, delivered])
    return found
