"""Customer cards for the wire: a fixed number of questions to the database, however many cards are asked for."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, Subquery, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.domain.daybook import (
    HISTORY,
    MOST_VISITS,
    DeliveryFacts,
    Figures,
    OrderFacts,
    VisitFacts,
    iso,
    pack_figures,
    wire_version,
)
from server.domain.masking import mask_phone
from server.models import (
    Asset,
    Brand,
    Contact,
    Delivery,
    DeliveryLine,
    Order,
    OrderLine,
    Outlet,
    OutletNote,
    Person,
    Price,
    Promise,
    Sku,
    StockCount,
    Stop,
    Visit,
)
from server.services.daybook.scope import Scope

NOTES: Final = 20
# What was handed over since a count may be older than the deliveries shown: shops seen daily get one a day.
MOST_DELIVERIES: Final = 2 * MOST_VISITS
ROWS_LIMIT: Final = 500_000
Card = dict[str, Any]


def build_cards(session: Session, scope: Scope, outlet_ids: Iterable[int], now: datetime) -> list[Card]:
    """The cards of those outlets that are in the person's manifest, in its order. Versions are read first: a
    card that changes meanwhile is at least as new as the version it says, and is fetched again next time."""
    wanted = set(outlet_ids)
    ids = [outlet_id for outlet_id in scope.cards if outlet_id in wanted]
    if not ids:
        return []
    cards = _outlets(session, scope, ids)
    names = _Names(session)
    _add_rules(session, scope, cards)
    _add_contacts(session, scope, cards)
    _add_notes(session, cards, names)
    _add_promises(session, cards, names)
    _add_assets(session, cards)
    figures = _figures(session, list(cards), now - HISTORY)
    names.want(visit.person_id for one in figures.values() for visit in one.visits)
    name_of = names.fetch()
    catalogue = list(session.scalars(skus_in_order()))
    for outlet_id, card in cards.items():
        for written in (*card["notes"], *card["promises"]):
            written["by"] = name_of.get(written["by"], "")
        card.update(pack_figures(figures[outlet_id], catalogue, lambda one: name_of.get(one, "")))
    return [cards[outlet_id] for outlet_id in ids if outlet_id in cards]


def skus_in_order() -> Select[*tuple[Any, ...]]:
    """Ids of the SKUs that are sold, in the fixed brand -> pack order in which they are counted."""
    return (
        select(Sku.id)
        .join(Brand, Brand.id == Sku.brand_id)
        .where(Sku.active)
        .order_by(Brand.position, Sku.position, Sku.id)
        .limit(ROWS_LIMIT)
    )


class _Names:
    """Names of people, asked for once."""

    def __init__(self, session: Session) -> None:
        self._session, self._ids = session, set[int]()

    def want(self, person_ids: Iterable[int]) -> None:
        self._ids.update(person_ids)

    def fetch(self) -> dict[int, str]:
        query = select(Person.id, Person.name).where(Person.id.in_(self._ids)).limit(ROWS_LIMIT)
        return {person_id: name for person_id, name in self._session.execute(query)}  # noqa: C416


def _outlets(session: Session, scope: Scope, ids: Sequence[int]) -> dict[int, Card]:
    """The cards with what the outlet itself says; lists that others fill are empty."""
    lists = select(Price.price_list).distinct()
    own_lists = set(session.scalars(lists.where(Price.price_list != "standard").limit(ROWS_LIMIT)))
    query = select(
        Outlet.id,
        Outlet.card_version.label("version"),
        Outlet.code,
        Outlet.name,
        Outlet.name_en,
        Outlet.chain,
        Outlet.outlet_class,
        Outlet.channel,
        Outlet.address,
        Outlet.latitude,
        Outlet.longitude,
        Outlet.hours,
    ).where(Outlet.id.in_(ids))
    return {
        row.id: {
            **row._mapping,
            "version": wire_version(row.version, row.id in scope.numbers),
            "rules": [],
            "contacts": [],
            "notes": [],
            "promises": [],
            "assets": [],
            "price_list": row.chain if row.chain in own_lists else "standard",
        }
        for row in session.execute(query.limit(ROWS_LIMIT))
    }


def _add_rules(session: Session, scope: Scope, cards: dict[int, Card]) -> None:
    """Every stop of the outlet that holds today, on whatever route."""
    query = (
        select(Stop.outlet_id, Stop.weekday, Stop.weeks, Stop.phase, Stop.route_id)
        .where(
            Stop.outlet_id.in_(cards),
            Stop.valid_from <= scope.day,
            or_(Stop.valid_to.is_(None), Stop.valid_to >= scope.day),
        )
        .order_by(Stop.weekday, Stop.id)
        .limit(ROWS_LIMIT)
    )
    for outlet_id, *rule in session.execute(query):
        cards[outlet_id]["rules"].append(rule)


def _add_contacts(session: Session, scope: Scope, cards: dict[int, Card]) -> None:
    query = (
        select(
            Contact.outlet_id,
            Contact.id,
            Contact.name,
            Contact.role,
            Contact.phone,
            Contact.preferences,
            Contact.notes,
        )
        .where(Contact.outlet_id.in_(cards))
        .order_by(Contact.position, Contact.id)
        .limit(ROWS_LIMIT)
    )
    for row in session.execute(query):
        cards[row.outlet_id]["contacts"].append(
            {
                "id": row.id,
                "name": row.name,
                "role": row.role,
                "phone": mask_phone(row.phone),
                "number": row.phone if row.outlet_id in scope.numbers else None,
                "preferences": row.preferences,
                "notes": row.notes,
            }
        )


def _add_notes(session: Session, cards: dict[int, Card], names: _Names) -> None:
    newest = _newest(
        select(OutletNote.outlet_id, OutletNote.noted_at, OutletNote.person_id, OutletNote.text),
        OutletNote.outlet_id,
        (OutletNote.noted_at, OutletNote.id),
        list(cards),
        NOTES,
    )
    for row in session.execute(select(newest).order_by(newest.c.n)):
        names.want([row.person_id])
        note = {"at": iso(row.noted_at), "by": row.person_id, "text": row.text}
        cards[row.outlet_id]["notes"].append(note)


def _add_promises(session: Session, cards: dict[int, Card], names: _Names) -> None:
    query = (
        select(Promise)
        .where(Promise.outlet_id.in_(cards), Promise.kept_at.is_(None))
        .order_by(Promise.made_at, Promise.id)
        .limit(ROWS_LIMIT)
    )
    for row in session.scalars(query):
        names.want([row.person_id])
        cards[row.outlet_id]["promises"].append(
            {
                "id": str(row.id),
                "text": row.text,
                "due": row.due and row.due.isoformat(),
                "made_at": iso(row.made_at),
                "by": row.person_id,
            }
        )


def _add_assets(session: Session, cards: dict[int, Card]) -> None:
    query = (
        select(Asset.outlet_id, Asset.kind, Asset.label, Asset.since)
        .where(Asset.outlet_id.in_(cards), Asset.returned.is_(None))
        .order_by(Asset.since, Asset.id)
        .limit(ROWS_LIMIT)
    )
    for outlet_id, kind, label, since in session.execute(query):
        cards[outlet_id]["assets"].append({"kind": kind, "label": label, "since": since.isoformat()})


def _newest(
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


def _figures(session: Session, ids: Sequence[int], since: datetime) -> dict[int, Figures]:
    found = {outlet_id: Figures() for outlet_id in ids}
    _add_visits(session, found, since)
    _add_orders(session, found, since)
    _add_deliveries(session, found, since)
    return found


def _add_visits(session: Session, found: dict[int, Figures], since: datetime) -> None:
    visits = _newest(
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
    orders = _newest(
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
    deliveries = _newest(
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
