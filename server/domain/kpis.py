"""The figures of a rep's day, one definition each, said here and shown in the product beside the number.

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
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WINDOW_MINUTES: Final = 30
"""A stop with a planned time is kept when it is reached within half an hour of it."""


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


def day_kpis(plan: Sequence[PlannedStop], calls: Sequence[Call]) -> DayKpis:
    """The figures of one rep's day. A stop visited twice is one planned stop visited and two calls; its first
    call tells when it was reached, and it is complete when any of its calls is."""
    place = {stop.outlet_id: index for index, stop in enumerate(plan)}
    reached: dict[int, Call] = {}
    for call in calls:
        if call.outlet_id in place:
            reached.setdefault(call.outlet_id, call)
    timed = [(stop.window, reached[stop.outlet_id].minute) for stop in plan if stop.outlet_id in reached]
    windows = [(window, minute) for window, minute in timed if window is not None]
    completed = {call.outlet_id for call in calls if call.complete and call.outlet_id in place}
    productive = sum(call.order_lines > 0 for call in calls)
    value, counted = sum(call.order_minor for call in calls), sum(call.skus_counted for call in calls)
    return DayKpis(
        planned=len(place),
        planned_visited=len(reached),
        unplanned=sum(call.outlet_id not in place for call in calls),
        calls=len(calls),
        productive=productive,
        completion=ratio(len(reached), len(place)),
        strike_rate=ratio(productive, len(calls)),
        lines_per_call=ratio(sum(call.order_lines for call in calls), productive),
        drop_size_minor=(2 * value + productive) // (2 * productive) if productive else None,
        order_minor=value,
        skus_counted=counted,
        out_of_stock_rate=ratio(sum(call.skus_zero for call in calls), counted),
        msl_compliance=ratio(
            sum(call.msl_present for call in calls), sum(call.msl_required for call in calls)
        ),
        adherence_sequence=ratio(_longest_rise([place[outlet] for outlet in reached]), len(reached)),
        adherence_window=ratio(
            sum(window[0] <= minute <= window[1] for window, minute in windows), len(windows)
        ),
        adherence_completeness=ratio(len(completed), len(place)),
    )


def ratio(part: int, whole: int) -> float | None:
    """part / whole, or None when there is no whole."""
    return part / whole if whole else None


def _longest_rise(places: Sequence[int]) -> int:
    """Length of the longest increasing subsequence: the most stops that were kept in their order. One stop
    taken late costs one stop, however many were passed in between (M. Fredman, Discrete Mathematics 11,
    1975)."""
    tails: list[int] = []
    for place in places:
        spot = bisect_left(tails, place)
        tails[spot : spot + 1] = [place]
    return len(tails)
