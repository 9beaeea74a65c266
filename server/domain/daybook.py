"""The day book: for how long it is lent, and how a customer card is packed for the wire.

A card's figures are arrays parallel to its SKUs, because a phone pulls fifty cards with twelve weeks of counts over
a slow link: no key is written twice, and what repeats lies side by side for the compressor. The form is in
docs/wire.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from server.domain.journey_plan import business_date, utc, zone
from server.domain.lease import Lease, lease_for

SHIFT_BEGINS: Final = time(5)
SHIFT_ENDS: Final = time(21)

HISTORY: Final = timedelta(weeks=12)
"""How far back a card tells."""

MOST_VISITS: Final = 14
"""Visits, orders and deliveries on a card, newest first: twelve weekly ones and two between."""


def shift_lease(now: datetime, tz: str) -> Lease:
    """The lease that holds at `now`: from 05:00 to 21:00 territory time; in the night from 21:00 on, for the 16 h
    that a lease may last at most. The same for the whole shift, so that asking again changes nothing."""
    local = utc(now, "now").astimezone(zone(tz))
    begins = [
        datetime.combine(local.date() - timedelta(days=back), wall, tzinfo=zone(tz))
        for back in (0, 1)
        for wall in (SHIFT_ENDS, SHIFT_BEGINS)
    ]
    start = next(one for one in begins if utc(one) <= utc(now))
    return lease_for(start, tz, ends_at=SHIFT_ENDS.strftime("%H:%M"))


def is_day_lease(lease: Lease, tz: str) -> bool:
    """Whether a lease is the working day's, not the night's before it."""
    return lease.starts_at.astimezone(zone(tz)).time() == SHIFT_BEGINS


def iso(instant: datetime) -> str:
    """An instant as the wire has it: UTC, milliseconds, Z."""
    return utc(instant).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wire_version(card_version: int, with_numbers: bool) -> int:
    """A card's version as the wire has it: a card with its numbers is another one than the same card without, so a
    phone that is locked in another way from now on fetches it again."""
    return card_version * 2 + with_numbers


def book_day(now: datetime, tz: str) -> date:
    """The business day whose stops the book holds."""
    return business_date(now, tz)


class VisitFacts(NamedTuple):
    day: date
    at: datetime
    person_id: int
    planned: bool
    outcome: str | None


class OrderFacts(NamedTuple):
    day: date
    delivery_day: date
    status: str
    total_minor: int


class DeliveryFacts(NamedTuple):
    day: date
    at: datetime


@dataclass(slots=True)
class Figures:
    """What one outlet's history holds, newest first. `counts[n]` belongs to `visits[n]`: SKU -> pieces on the shelf
    and in the backroom; `ordered[n]` to `orders[n]` and `delivered[n]` to `deliveries[n]`: SKU -> pieces."""

    visits: list[VisitFacts] = field(default_factory=list)
    counts: list[dict[int, tuple[int, int]]] = field(default_factory=list)
    orders: list[OrderFacts] = field(default_factory=list)
    ordered: list[dict[int, int]] = field(default_factory=list)
    deliveries: list[DeliveryFacts] = field(default_factory=list)
    delivered: list[dict[int, int]] = field(default_factory=list)


def pack_figures(
    figures: Figures, catalogue: Iterable[int], person_name: Callable[[int], str]
) -> dict[str, object]:
    """The figures of a card as they go over the wire; `catalogue` are the SKU ids in the order of counting. SKUs
    outside it are left out: nobody can count what is no longer sold."""
    skus = _skus(figures, catalogue)
    people: dict[int, int] = {}
    for visit in figures.visits:
        people.setdefault(visit.person_id, len(people))
    return {
        "skus": skus,
        "stock": _stock(figures, skus),
        "visits": [
            [
                visit.day.isoformat(),
                people[visit.person_id],
                int(visit.planned),
                visit.outcome,
                *_columns(counts, skus),
            ]
            for visit, counts in zip(figures.visits, figures.counts, strict=True)
        ],
        "orders": [
            [
                one.day.isoformat(),
                one.delivery_day.isoformat(),
                one.status,
                one.total_minor,
                _parallel(pieces, skus),
            ]
            for one, pieces in zip(figures.orders, figures.ordered, strict=True)
        ],
        "deliveries": [
            [one.day.isoformat(), _parallel(pieces, skus)]
            for one, pieces in zip(
                figures.deliveries[:MOST_VISITS], figures.delivered[:MOST_VISITS], strict=True
            )
        ],
        "people": [person_name(person_id) for person_id in people],
    }


def _skus(figures: Figures, catalogue: Iterable[int]) -> list[int]:
    seen: set[int] = set().union(*figures.counts, *figures.ordered, *figures.delivered)
    return [sku_id for sku_id in catalogue if sku_id in seen]


def _stock(figures: Figures, skus: Sequence[int]) -> dict[str, object]:
    """The last count of each SKU, and what was handed over since that very count."""
    shelf: list[int | None] = []
    backroom: list[int | None] = []
    since: list[int] = []
    for sku_id in skus:
        last = next((n for n, counts in enumerate(figures.counts) if sku_id in counts), None)
        front, back = (None, None) if last is None else figures.counts[last][sku_id]
        shelf.append(front)
        backroom.append(back)
        since.append(
            sum(
                pieces.get(sku_id, 0)
                for one, pieces in zip(figures.deliveries, figures.delivered, strict=True)
                if last is None or one.at > figures.visits[last].at
            )
        )
    newest = next((n for n, counts in enumerate(figures.counts) if counts), None)
    at = None if newest is None else iso(figures.visits[newest].at)
    return {"at": at, "shelf": shelf, "backroom": backroom, "delivered": since}


def _columns(
    counts: Mapping[int, tuple[int, int]], skus: Sequence[int]
) -> tuple[list[int | None], list[int | None]]:
    if not counts:
        return [], []
    pairs = [counts.get(sku_id, (None, None)) for sku_id in skus]
    return [shelf for shelf, _ in pairs], [back for _, back in pairs]


def _parallel(pieces: Mapping[int, int], skus: Sequence[int]) -> list[int]:
    return [pieces.get(sku_id, 0) for sku_id in skus]
