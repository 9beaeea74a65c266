"""A day's calls counted up for the figures of domain.kpis, and days put together to weeks and months. Pure: the same
visits give the same counts, whenever they are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from server.domain.kpis import Call, PlannedStop, stops_kept

Span = Literal["d", "w", "m"]
Lens = Literal["c", "b"]
SPANS: Final[tuple[Span, ...]] = ("d", "w", "m")
"""A day, a week from Monday, a month."""


class Line(NamedTuple):
    """An order line: whose brand it is of, and its value in minor units."""

    brand_id: int
    minor: int


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A call as the books have it. `outlet_id` 0: a store that is only proposed. `counts`: pieces by SKU."""

    outlet_id: int
    outlet_class: str
    person_id: int
    minute: int
    complete: bool
    order_minor: int = 0
    lines: tuple[Line, ...] = ()
    counts: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Range:
    """What the company sells: brand by SKU, the SKUs sold now by brand, must-sell SKUs by outlet class."""

    brand_of: Mapping[int, int]
    sold: Mapping[int, frozenset[int]]
    must_sell: Mapping[str, frozenset[int]]

    def shelf(self, counts: Mapping[int, int], skus: Collection[int]) -> tuple[int, int]:
        """How many of some SKUs stood there, and how many they are."""
        return sum(counts.get(sku, 0) > 0 for sku in skus), len(skus)


@dataclass(slots=True)
class Tally:
    """Counts, and sets of outlets. `shelves`: by outlet, how many SKUs its last count found of how many."""

    counts: Counter[str] = field(default_factory=Counter)
    ordered: set[int] = field(default_factory=set)
    known: set[int] = field(default_factory=set)
    shelves: dict[int, tuple[int, int]] = field(default_factory=dict)

    def total(self) -> dict[str, int]:
        """The counts with those of the shelves."""
        stocked = sum(one for one, _ in self.shelves.values())
        shelves = sum(all_ for _, all_ in self.shelves.values())
        return {**self.counts, "shelves_stocked": stocked, "shelves": shelves}


Tallies = dict[tuple[Lens, int, str], Tally]
"""By lens (c: class, b: brand), person, and class or brand."""


def tally_day(
    plan: Sequence[tuple[PlannedStop, str]], holder_id: int, calls: Sequence[CallFacts], range_: Range
) -> Tallies:
    """One route's day. `plan`: stops in sequence with their outlet's class; `calls` in the order of check-in.

    The plan and how it was kept is the holder's, whoever went; a call is its maker's."""
    found: Tallies = {}
    _tally_plan(found, plan, holder_id, calls)
    planned = {stop.outlet_id for stop, _ in plan}
    for call in calls:
        mine = found.setdefault(("c", call.person_id, call.outlet_class), Tally())
        _tally_call(mine, call, range_)
        mine.counts["unplanned"] += call.outlet_id not in planned
        for brand_id in range_.sold:
            _tally_brand(
                found.setdefault(("b", call.person_id, str(brand_id)), Tally()), call, brand_id, range_
            )
    return found


def _tally_plan(
    found: Tallies, plan: Sequence[tuple[PlannedStop, str]], holder_id: int, calls: Sequence[CallFacts]
) -> None:
    kept = stops_kept([stop for stop, _ in plan], [Call(call.outlet_id, call.minute) for call in calls])
    completed = {call.outlet_id for call in calls if call.complete}
    for stop, outlet_class in plan:
        mine = found.setdefault(("c", holder_id, outlet_class), Tally())
        mine.known.add(stop.outlet_id)
        mine.counts["planned"] += 1
        mine.counts["completed"] += stop.outlet_id in completed
        if stop.outlet_id in kept:
            was = kept[stop.outlet_id]
            mine.counts["planned_visited"] += 1
            mine.counts["in_order"] += was.in_order
            mine.counts["timed"] += was.timed
            mine.counts["in_window"] += was.in_window


def _tally_call(mine: Tally, call: CallFacts, range_: Range) -> None:
    must = range_.must_sell.get(call.outlet_class, frozenset()) if call.counts else frozenset()
    mine.counts.update(
        calls=1,
        productive=int(bool(call.lines)),
        order_lines=len(call.lines),
        order_minor=call.order_minor if call.lines else 0,
        skus_counted=len(call.counts),
        skus_zero=sum(pieces == 0 for pieces in call.counts.values()),
        msl_required=len(must),
        msl_present=sum(call.counts.get(sku, 0) > 0 for sku in must),
    )
    if call.outlet_id:
        mine.known.add(call.outlet_id)
        if call.lines:
            mine.ordered.add(call.outlet_id)
        if call.counts:
            mine.shelves[call.outlet_id] = range_.shelf(call.counts, frozenset().union(*range_.sold.values()))


def _tally_brand(mine: Tally, call: CallFacts, brand_id: int, range_: Range) -> None:
    lines = [line for line in call.lines if line.brand_id == brand_id]
    counts = {sku: pieces for sku, pieces in call.counts.items() if range_.brand_of.get(sku) == brand_id}
    must = [
        sku
        for sku in (range_.must_sell.get(call.outlet_class, frozenset()) if call.counts else ())
        if range_.brand_of.get(sku) == brand_id
    ]
    mine.counts.update(
        calls=1,
        productive=int(bool(lines)),
        order_lines=len(lines),
        order_minor=sum(line.minor for line in lines),
        skus_counted=len(counts),
        skus_zero=sum(pieces == 0 for pieces in counts.values()),
        msl_required=len(must),
        msl_present=sum(counts.get(sku, 0) > 0 for sku in must),
    )
    if call.outlet_id and call.counts:
        mine.shelves[call.outlet_id] = range_.shelf(call.counts, range_.sold[brand_id])


def fold(days: Iterable[Tally]) -> Tally:
    """Days, oldest first, as one span: counts add up, outlets are once there, a shelf is as its last count found it."""
    whole = Tally()
    for day in days:
        whole.counts.update(day.counts)
        whole.ordered |= day.ordered
        whole.known |= day.known
        whole.shelves.update(day.shelves)
    return whole


def span_start(span: Span, day: date) -> date:
    """First day of the span that a day lies in."""
    if span == "w":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if span == "m" else day


def span_after(span: Span, start: date) -> date:
    """First day of the span that follows the one beginning on `start`."""
    if span == "m":
        return (start + timedelta(days=31)).replace(day=1)
    return start + timedelta(days=7 if span == "w" else 1)


def span_before(span: Span, start: date, times: int) -> date:
    """First day of the span so many spans before the one beginning on `start`."""
    for _ in range(times):
        start = span_start(span, start - timedelta(days=1))
    return start
