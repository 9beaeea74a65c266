"""A card's figures: its newest visits with their counts, orders and deliveries, in a handful of questions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, Subquery, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.domain.daybook import MOST_VISITS, DeliveryFacts, Figures, OrderFacts, VisitFacts
from server.models import Delivery, DeliveryLine, Order, OrderLine, StockCount, Visit

# What was handed over since a count may be older than the deliveries shown: shops seen daily get one a day.
MOST_DELIVERIES: Final = 2 * MOST_VISITS
ROWS_LIMIT: Final = 500_000


def newest(
    query: Select[*tuple[Any, ...]],
    outlet_id: InstrumentedAttribute[Any],
    order: tuple[InstrumentedAttribute[Any], InstrumentedAttribute[Any]],
    ids: Sequence[int],
    most: int,
    since: datetime | None = None,
) -> Subquery:
    """The newest rows of each outlet, numbered from 1 in the column `n`; `order` is an instant and a tie-breaker."""
    number = func.row_number().over(partition_by=outlet_id, order_by=[one.desc() for one in order]).label("n")
    numbered = query.add_columns(number).where(outlet_id.in_(ids))
    if since is not None:
        numbered = numbered.where(order[0] >= since)
    inner = numbered.subquery()
    return select(inner).where(inner.c.n <= most).subquery()


def figures_of(session: Session, ids: Sequence[int], since: datetime) -> dict[int, Figures]:
    found = {outlet_id: Figures() for outlet_id in ids}
    _add_visits(session, found, since)
    _add_orders(session, found, since)
    _add_deliveries(session, found, since)
    return found


def _add_visits(session: Session, found: dict[int, Figures], since: datetime) -> None:
    visits = newest(
        select(
            Visit.id,
            Visit.outlet_id,
            Visit.day,
            Visit.checked_in_at,
            Visit.person_id,
            Visit.planned,
            Visit.outcome,
        ),
        Visit.outlet_id,
        (Visit.checked_in_at, Visit.id),
        list(found),
        MOST_VISITS,
        since,
    )
    columns = visits.c
    rows = select(
        columns.outlet_id,
        columns.day,
        columns.checked_in_at,
        columns.person_id,
        columns.planned,
        columns.outcome,
    )
    for outlet_id, *row in session.execute(rows.order_by(columns.n).limit(ROWS_LIMIT)):
        found[outlet_id].visits.append(VisitFacts(*row))
        found[outlet_id].counts.append({})
    counts = select(
        columns.outlet_id, columns.n, StockCount.sku_id, StockCount.shelf, StockCount.backroom
    ).join(StockCount, StockCount.visit_id == columns.id)
    for outlet_id, n, sku_id, shelf, backroom in session.execute(counts.limit(ROWS_LIMIT)):
        found[outlet_id].counts[n - 1][sku_id] = (shelf, backroom)


def _add_orders(session: Session, found: dict[int, Figures], since: datetime) -> None:
    orders = newest(
        select(Order.id, Order.outlet_id, Order.day, Order.delivery_day, Order.status, Order.total_minor),
        Order.outlet_id,
        (Order.ordered_at, Order.id),
        list(found),
        MOST_VISITS,
        since,
    )
    columns = orders.c
    rows = select(columns.outlet_id, columns.day, columns.delivery_day, columns.status, columns.total_minor)
    for outlet_id, *row in session.execute(rows.order_by(columns.n).limit(ROWS_LIMIT)):
        found[outlet_id].orders.append(OrderFacts(*row))
        found[outlet_id].ordered.append({})
    lines = select(columns.outlet_id, columns.n, OrderLine.sku_id, OrderLine.quantity).join(
        OrderLine, OrderLine.order_id == columns.id
    )
    for outlet_id, n, sku_id, quantity in session.execute(lines.limit(ROWS_LIMIT)):
        found[outlet_id].ordered[n - 1][sku_id] = quantity


def _add_deliveries(session: Session, found: dict[int, Figures], since: datetime) -> None:
    deliveries = newest(
        select(Delivery.id, Delivery.outlet_id, Delivery.day, Delivery.delivered_at),
        Delivery.outlet_id,
        (Delivery.delivered_at, Delivery.id),
        list(found),
        MOST_DELIVERIES,
        since,
    )
    columns = deliveries.c
    rows = select(columns.outlet_id, columns.day, columns.delivered_at)
    for outlet_id, *row in session.execute(rows.order_by(columns.n).limit(ROWS_LIMIT)):
        found[outlet_id].deliveries.append(DeliveryFacts(*row))
        found[outlet_id].delivered.append({})
    lines = (
        select(columns.outlet_id, columns.n, DeliveryLine.sku_id, DeliveryLine.delivered)
        .join(DeliveryLine, DeliveryLine.delivery_id == columns.id)
        .where(DeliveryLine.delivered.is_not(None))
    )
    for outlet_id, n, sku_id, delivered in session.execute(lines.limit(ROWS_LIMIT)):
        found[outlet_id].delivered[n - 1][sku_id] = delivered
