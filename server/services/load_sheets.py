"""Load sheets (装车单): what each truck carries on a day, summed from that day's open deliveries."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import Brand, Delivery, DeliveryLine, Outlet, Person, Route, Sku, Truck
from server.services.scopes import Within

DELIVERIES_LIMIT = 2_000


@dataclass(frozen=True)
class LoadLine:
    """One SKU on a truck: pieces ordered, and as whole cases and loose pieces."""

    sku_id: int
    code: str
    name: str
    name_en: str
    pieces: int
    cases: int
    units: int


@dataclass(frozen=True)
class Drop:
    """One delivery on a load sheet."""

    delivery_id: UUID
    outlet_id: int | None
    outlet: str
    address: str
    status: str
    pieces: int


@dataclass(frozen=True)
class LoadSheet:
    """One truck and route on one day."""

    route_id: int | None
    route: str
    truck: str
    day: date
    driver: str
    lines: list[LoadLine]
    drops: list[Drop]


def find_load_sheets(
    session: Session,
    *,
    day: date,
    route_id: int | None = None,
    within: Within = None,
    route_ids: frozenset[int] | None = None,
) -> list[LoadSheet]:
    """The day's load sheets, one a route and truck, SKUs in count order. `within`, `route_ids`: only those of these
    territories, of these routes."""
    query = (
        select(Delivery, Route.code, Route.name, Truck.plate, Outlet.name, Outlet.address, Person.name)
        .outerjoin(Route, Route.id == Delivery.route_id)
        .outerjoin(Truck, Truck.id == Delivery.truck_id)
        .outerjoin(Outlet, Outlet.id == Delivery.outlet_id)
        .outerjoin(Person, Person.id == Delivery.driver_id)
        .where(Delivery.day == day)
        .order_by(Route.code, Truck.plate, Outlet.code)
        .limit(DELIVERIES_LIMIT)
    )
    if route_id is not None:
        query = query.where(Delivery.route_id == route_id)
    if within is not None:
        query = query.where(Route.territory_id.in_(within))
    if route_ids is not None:
        query = query.where(Delivery.route_id.in_(route_ids))
    rows = session.execute(query).all()
    pieces = _pieces(session, [row[0].id for row in rows])
    skus = _skus_in_order(session)
    sheets: dict[tuple[int | None, str], LoadSheet] = {}
    for delivery, code, name, plate, outlet, address, driver in rows:
        key = (delivery.route_id, plate or "")
        sheet = sheets.setdefault(
            key,
            LoadSheet(
                delivery.route_id, f"{code} {name}" if code else "", plate or "", day, driver or "", [], []
            ),
        )
        amount = sum(pieces.get(delivery.id, {}).values())
        sheet.drops.append(
            Drop(delivery.id, delivery.outlet_id, outlet or "", address or "", delivery.status, amount)
        )
    for sheet in sheets.values():
        sums: dict[int, int] = {}
        for drop in sheet.drops:
            for sku_id, ordered in pieces.get(drop.delivery_id, {}).items():
                sums[sku_id] = sums.get(sku_id, 0) + ordered
        sheet.lines.extend(
            LoadLine(sku.id, sku.code, sku.name, sku.name_en, sums[sku.id], *divmod(sums[sku.id], sku.pack))
            for sku in skus
            if sums.get(sku.id)
        )
    return list(sheets.values())


def _pieces(session: Session, delivery_ids: list[UUID]) -> dict[UUID, dict[int, int]]:
    found: dict[UUID, dict[int, int]] = {}
    for start in range(0, len(delivery_ids), 500):
        query = select(DeliveryLine.delivery_id, DeliveryLine.sku_id, DeliveryLine.ordered).where(
            DeliveryLine.delivery_id.in_(delivery_ids[start : start + 500])
        )
        for delivery_id, sku_id, ordered in session.execute(query):
            found.setdefault(delivery_id, {})[sku_id] = ordered
    return found


def _skus_in_order(session: Session) -> list[Sku]:
    query = select(Sku).join(Brand, Brand.id == Sku.brand_id).order_by(Brand.position, Sku.position, Sku.id)
    return list(session.scalars(query.limit(2_000)))
