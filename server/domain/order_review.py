"""Which orders a person looks at before they go on a truck (F7). Such an order is kept as it was signed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from server.domain.operation_bodies.visits import OrderBody, OrderLine
from server.domain.orders import line_total

REVIEW_CASES: Final = 200
"""Cases of one SKU in one order above which somebody asks: half of a small truck."""

STANDARD_LIST: Final = "standard"

REASONS: Final = (
    "price_list",
    "price",
    "pack",
    "quantity",
    "total",
    "reason_missing",
    "not_sold",
    "delivery_day",
    "outlet_closed",
    "no_route",
)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the company's own books say of an order's lines.

    `prices`: minor units a piece by SKU in the order's list on its day; `packs`: pieces a case by SKU; `active`: SKUs
    still sold; `lists`: price lists that the outlet may have; `truck_weekdays`: None where the outlet is on no route.
    """

    day: date
    prices: Mapping[int, int]
    packs: Mapping[int, int]
    active: Collection[int]
    lists: Collection[str]
    truck_weekdays: Sequence[int] | None
    outlet_closed: bool


def review_reasons(order: OrderBody, facts: OrderFacts) -> tuple[str, ...]:
    """Why a person must look at the order, in the order of REASONS; () when it can be delivered as it is.

    price_list: not the outlet's. price: a line's differs from the list. pack: not whole packs. quantity: more than 200
    cases of one SKU. total: not the sum of the lines. reason_missing: a suggestion changed without a reason. not_sold:
    the SKU is out of the catalogue. delivery_day: not a truck day after the day of the order.
    """
    found = {rule for line in order.lines for rule in _line_rules(line, facts)}
    if sum(line_total(line.quantity, line.piece_minor) for line in order.lines) != order.total_minor:
        found.add("total")
    if order.price_list not in facts.lists:
        found.add("price_list")
    if facts.outlet_closed:
        found.add("outlet_closed")
    if facts.truck_weekdays is None:
        found.add("no_route")
    elif order.delivery_day <= facts.day or order.delivery_day.weekday() not in facts.truck_weekdays:
        found.add("delivery_day")
    return tuple(reason for reason in REASONS if reason in found)


def _line_rules(line: OrderLine, facts: OrderFacts) -> Iterator[str]:
    if line.suggested != line.quantity and not line.reason:
        yield "reason_missing"
    if not line.quantity:
        return
    if facts.prices.get(line.sku_id) != line.piece_minor:
        yield "price"
    pack = facts.packs[line.sku_id]
    if line.quantity % pack:
        yield "pack"
    if line.quantity > REVIEW_CASES * pack:
        yield "quantity"
    if line.sku_id not in facts.active:
        yield "not_sold"
