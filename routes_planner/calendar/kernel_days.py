"""What an uneven day costs."""

from __future__ import annotations

from routes_planner.calendar.kernel_arrays import T_COST, Model, State
from routes_planner.compiled import inlined


@inlined
def day_price(m: Model, calls: float, work: float, cell: int) -> float:
    """What an uneven day costs: squares of calls outside their band and of minutes beyond their mark."""
    low = max(m.calls_least[cell] - calls, 0.0)
    high = max(calls - m.calls_most[cell], 0.0)
    long = max(work - m.work_most[cell], 0.0)
    return float(m.calls_price * (low * low + high * high) + m.work_price * long * long)


@inlined
def set_day(m: Model, s: State, cell: int, calls: float, work: float) -> None:
    s.total[T_COST] += day_price(m, calls, work, cell) - day_price(
        m, s.cell_calls[cell], s.cell_work[cell], cell
    )
    s.cell_calls[cell] = calls
    s.cell_work[cell] = work


@inlined
def recount_day(m: Model, s: State, cell: int) -> None:
    calls = 0.0
    work = 0.0
    for route in range(m.routes_from[cell], m.routes_from[cell + 1]):
        b = 2 * route + s.side[route]
        calls += s.length[b]
        work += s.route_minutes[b]
    set_day(m, s, cell, calls, work)
