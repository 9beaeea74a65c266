"""The usual journey plan: one rep, whole weeks, even days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routes_planner.calendar.params import CalendarParams
from routes_planner.calendar.patterns import patterns_of
from routes_planner.calendar.problem import CalendarProblem, Shift, Store
from routes_planner.errors import require
from routes_planner.travel.table import TravelTable

# Prices in minutes of travel. A call beyond the slack costs as much as 12 minutes on the road.
JOURNEY = CalendarParams(
    elites=5,
    hot=0.8,
    warm=0.3,
    round_steps=30_000,
    child_steps=20_000,
    calls_price=12.0,
    calls_slack=1.75,
    same_time_price=0.01,
    same_time_slack=90.0,
)


@dataclass(frozen=True, slots=True)
class JourneyTerms:
    """A rep's working week: minutes of the day, days a week, weeks in the cycle."""

    weeks: int = 4
    days_a_week: int = 5
    opens: float = 510.0
    closes: float = 1050.0
    max_calls: int | None = None

    def __post_init__(self) -> None:
        require(self.weeks >= 1, "weeks", "positive", "must be at least 1")
        require(1 <= self.days_a_week <= 7, "days_a_week", "range", "must be from 1 to 7")
        require(self.opens < self.closes, "opens", "ordered", "must open before it closes")


def journey_problem(
    name: str,
    ids: Sequence[str],
    frequencies: Sequence[str],
    minutes: Sequence[float],
    table: TravelTable,
    home: int,
    terms: JourneyTerms | None = None,
    rep: str = "rep",
) -> CalendarProblem:
    """A rep's problem: store i is at location i of the table, the rep starts and ends each day at `home`."""
    terms = terms or JourneyTerms()
    stores = tuple(
        Store(id_, i, patterns_of(frequency, terms.weeks, terms.days_a_week), spent)
        for i, (id_, frequency, spent) in enumerate(zip(ids, frequencies, minutes, strict=True))
    )
    shifts = tuple(
        Shift(
            rep,
            day,
            home,
            home,
            terms.opens,
            terms.closes,
            terms.closes - terms.opens,
            max_calls=terms.max_calls,
        )
        for day in range(terms.weeks * terms.days_a_week)
    )
    days = terms.weeks * terms.days_a_week
    return CalendarProblem(name, days, stores, shifts, table, days_a_week=terms.days_a_week)
