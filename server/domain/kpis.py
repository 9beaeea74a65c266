"""The figures of the trade, one definition each, said here and shown in the product beside the number.

A figure is a numerator over a denominator, both counted: DEFINITIONS names them for a day, a week or a month of a rep,
a route, a territory, a brand or a class. `day_kpis` gives a rep's own day, on the phone and here alike:

| figure | definition |
|---|---|
| completion | planned stops visited / planned stops |
| strike_rate | productive calls (with an order) / calls made |
| lines_per_call | order lines / productive calls |
| drop_size_minor | order value / productive calls, minor units, halves upward |
| out_of_stock_rate | zero counts / SKUs counted |
| msl_compliance | must-sell SKUs present / required, over the calls that counted |
| adherence_sequence | planned stops visited in the planned order / planned stops visited |
| adherence_window | planned stops visited within their time window / planned stops visited that have one |
| adherence_completeness | planned stops visited with nothing left open / planned stops |

A figure whose denominator is zero is None: a day without calls has no strike rate, not one of 0.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Unit = Literal["share", "number", "money"]

WINDOW_MINUTES: Final = 30
"""A stop with a planned time is kept when it is reached within half an hour of it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure: `numerator` over `denominator`, each the name of a count (COUNTS). `better`: which way is good.
    `by_brand`: whether it can be told of one brand. `gathers`: whether what it counts are outlets, each once however
    often it was called on, so that weeks do not add up to the month."""

    key: str
    unit: Unit
    numerator: str
    denominator: str
    better: Literal["more", "less"] = "more"
    by_brand: bool = False
    gathers: bool = False


DEFINITIONS: Final = (
    Definition("completion", "share", "planned_visited", "planned"),
    Definition("strike_rate", "share", "productive", "calls", by_brand=True),
    Definition("lines_per_call", "number", "order_lines", "productive", by_brand=True),
    Definition("drop_size", "money", "order_minor", "productive", by_brand=True),
    Definition("coverage", "share", "outlets_ordered", "outlets", gathers=True),
    Definition("distribution", "share", "shelves_stocked", "shelves", by_brand=True),
    Definition("msl_compliance", "share", "msl_present", "msl_required", by_brand=True),
    Definition("out_of_stock", "share", "skus_zero", "skus_counted", better="less", by_brand=True),
    Definition("sequence", "share", "in_order", "planned_visited"),
    Definition("window", "share", "in_window", "timed"),
    Definition("completeness", "share", "completed", "planned"),
)

COUNTS: Final = (
    "planned",
    "planned_visited",
    "in_order",
    "timed",
    "in_window",
    "completed",
    "calls",
    "unplanned",
    "productive",
    "order_lines",
    "order_minor",
    "skus_counted",
    "skus_zero",
    "msl_required",
    "msl_present",
    "shelves_stocked",
    "shelves",
)
"""What adds up over stops and calls. `shelves`: an outlet and a SKU of the range, once for each outlet that was counted
in the period; `shelves_stocked`: those where its last count of the period found some. `outlets` and `outlets_ordered`
are not among them: an outlet is one however many days it ordered on."""


class Figure(NamedTuple):
    """A figure and what it was made of. `value`: a share from 0 to 1, a number, or minor units; None: no whole."""

    part: int
    whole: int
    value: float | None


def figure_of(definition: Definition, counts: Mapping[str, int]) -> Figure:
    """The figure that a definition makes of counts; a count that is not there is 0."""
    part, whole = counts.get(definition.numerator, 0), counts.get(definition.denominator, 0)
    if definition.unit == "money":
        return Figure(part, whole, half_up(part, whole))
    return Figure(part, whole, ratio(part, whole))


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """A stop of the day's plan; stops are given in their sequence. `window`: first and last minute after
    local midnight, both included, in which the call should begin; None when no time is planned."""

    outlet_id: int
    window: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call made; calls are given in the order of their check-ins. `minute`: minutes after local midnight at
    check-in. `complete`: nothing left open. `order_lines` 0 is no order. `skus_zero` of `skus_counted` stood
    at 0; `msl_present` of `msl_required` must-sell SKUs were there (both 0 when nothing was counted)."""

    outlet_id: int
    minute: int
    complete: bool = True
    order_lines: int = 0
    order_minor: int = 0
    skus_counted: int = 0
    skus_zero: int = 0
    msl_required: int = 0
    msl_present: int = 0


@dataclass(frozen=True, slots=True)
class DayKpis:
    """Counts, and ratios from 0 to 1 (None: no denominator). Definitions above."""

    planned: int
    planned_visited: int
    unplanned: int
    calls: int
    productive: int
    completion: float | None
    strike_rate: float | None
    lines_per_call: float | None
    drop_size_minor: int | None
    order_minor: int
    skus_counted: int
    out_of_stock_rate: float | None
    msl_compliance: float | None
    adherence_sequence: float | None
    adherence_window: float | None
    adherence_completeness: float | None


def window_around(planned_minute: int | None) -> tuple[int, int] | None:
    """The time window of a stop with a planned minute: half an hour either way, within the day."""
    if planned_minute is None:
        return None
    return max(0, planned_minute - WINDOW_MINUTES), min(1439, planned_minute + WINDOW_MINUTES)


class Kept(NamedTuple):
    """What became of a planned stop that was visited. `timed`: it has a time window."""

    in_order: bool
    timed: bool
    in_window: bool


def stops_kept(plan: Sequence[PlannedStop], calls: Sequence[Call]) -> dict[int, Kept]:
    """The planned stops that were visited, by outlet. A stop's first call tells when it was reached."""
    place = {stop.outlet_id: index for index, stop in enumerate(plan)}
    reached: dict[int, Call] = {}
    for call in calls:
        if call.outlet_id in place:
            reached.setdefault(call.outlet_id, call)
    rising = _longest_rise([place[outlet] for outlet in reached])
    windows = {stop.outlet_id: stop.window for stop in plan}
    kept = {}
    for outlet, call in reached.items():
        window = windows[outlet]
        inside = window is not None and window[0] <= call.minute <= window[1]
        kept[outlet] = Kept(place[outlet] in rising, window is not None, inside)
    return kept


def day_kpis(plan: Sequence[PlannedStop], calls: Sequence[Call]) -> DayKpis:
    """The figures of one rep's day. A stop visited twice is one planned stop visited and two calls; it is complete
    when any of its calls is."""
    planned = {stop.outlet_id for stop in plan}
    kept = stops_kept(plan, calls)
    completed = {call.outlet_id for call in calls if call.complete and call.outlet_id in planned}
    productive = sum(call.order_lines > 0 for call in calls)
    value, counted = sum(call.order_minor for call in calls), sum(call.skus_counted for call in calls)
    return DayKpis(
        planned=len(planned),
        planned_visited=len(kept),
        unplanned=sum(call.outlet_id not in planned for call in calls),
        calls=len(calls),
        productive=productive,
        completion=ratio(len(kept), len(planned)),
        strike_rate=ratio(productive, len(calls)),
        lines_per_call=ratio(sum(call.order_lines for call in calls), productive),
        drop_size_minor=half_up(value, productive),
        order_minor=value,
        skus_counted=counted,
        out_of_stock_rate=ratio(sum(call.skus_zero for call in calls), counted),
        msl_compliance=ratio(
            sum(call.msl_present for call in calls), sum(call.msl_required for call in calls)
        ),
        adherence_sequence=ratio(sum(one.in_order for one in kept.values()), len(kept)),
        adherence_window=ratio(
            sum(one.in_window for one in kept.values()), sum(one.timed for one in kept.values())
        ),
        adherence_completeness=ratio(len(completed), len(planned)),
    )


def ratio(part: int, whole: int) -> float | None:
    """part / whole, or None when there is no whole."""
    return part / whole if whole else None


def half_up(part: int, whole: int) -> int | None:
    """part / whole to the next whole number, halves upward; None when there is no whole."""
    return (2 * part + whole) // (2 * whole) if whole else None


def _longest_rise(places: Sequence[int]) -> set[int]:
    """The longest increasing subsequence: the most stops that were kept in their order. One stop taken late costs one
    stop, however many were passed in between (M. Fredman, Discrete Mathematics 11, 1975). Of several equally long
    ones it is the one that ends earliest in the plan."""
    tails: list[int] = []
    before: dict[int, int | None] = {}
    for place in places:
        spot = bisect_left(tails, place)
        before[place] = tails[spot - 1] if spot else None
        tails[spot : spot + 1] = [place]
    rising: set[int] = set()
    last = tails[-1] if tails else None
    while last is not None:
        rising.add(last)
        last = before[last]
    return rising
