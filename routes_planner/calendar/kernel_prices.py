"""The prices of limits that a search may exceed on its way (Vidal et al. 2012)."""

from __future__ import annotations

from routes_planner.calendar.kernel_arrays import (
    C_LIGHT,
    C_SHORT,
    C_STEP,
    T_COST,
    T_LONG,
    T_LONG_LEAST,
    T_LONG_PRICE,
    T_OVER,
    T_OVER_LEAST,
    T_OVER_PRICE,
    TINY,
    Pace,
    State,
)
from routes_planner.compiled import inlined

ADAPT_EVERY = 200  # steps


@inlined
def priced_cost(s: State) -> float:
    """What the search minimises: the cost, and the prices of limits that the live solution exceeds."""
    total = s.total[T_COST]
    if s.total[T_OVER] > TINY:
        total += s.total[T_OVER] * s.total[T_OVER_PRICE]
    if s.total[T_LONG] > TINY:
        total += s.total[T_LONG] * s.total[T_LONG_PRICE]
    return float(total)


@inlined
def keeps_limits(s: State) -> bool:
    return bool(s.total[T_OVER] <= TINY and s.total[T_LONG] <= TINY)


@inlined
def adapt_prices(s: State, pace: Pace) -> None:
    """Make excess dearer when too few live solutions keep a limit, cheaper when too many do (Vidal et al. 2012)."""
    s.counts[C_LIGHT] += s.total[T_OVER] <= TINY
    s.counts[C_SHORT] += s.total[T_LONG] <= TINY
    if s.counts[C_STEP] % ADAPT_EVERY > 0:
        return
    for count, price, least in (
        (C_LIGHT, T_OVER_PRICE, T_OVER_LEAST),
        (C_SHORT, T_LONG_PRICE, T_LONG_LEAST),
    ):
        share = s.counts[count] / ADAPT_EVERY
        s.counts[count] = 0
        if share < pace.keep_least:
            s.total[price] *= 1.1
        elif share > pace.keep_most:
            s.total[price] = max(s.total[price] * 0.92, s.total[least])
