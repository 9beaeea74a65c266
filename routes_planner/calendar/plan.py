"""The answer to the journey-plan question."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visit:
    """A stop: store and when service starts (minutes of the day)."""

    store: str
    start: float


@dataclass(frozen=True, slots=True)
class Rest:
    """A break taken after the visit of a store."""

    after: str
    start: float
    minutes: float


@dataclass(frozen=True, slots=True)
class DayRoute:
    """One rep's day: leaves at `leaves`, is back (or done with the last stop) at `returns`."""

    rep: str
    day: int
    visits: tuple[Visit, ...]
    leaves: float
    returns: float
    cost: float
    rests: tuple[Rest, ...] = ()


@dataclass(frozen=True, slots=True)
class Unserved:
    """A store that the plan leaves out, and why."""

    store: str
    reason: str


@dataclass(frozen=True, slots=True)
class CalendarPlan:
    """Routes of a cycle. `cost` is travel alone; `objective` adds the prices of unevenness and change."""

    routes: tuple[DayRoute, ...]
    unserved: tuple[Unserved, ...]
    cost: float
    objective: float
    seconds: float = 0.0
    steps: int = 0

    def days_of(self, store: str) -> tuple[int, ...]:
        """The days on which a store is visited, in order."""
        return tuple(sorted(r.day for r in self.routes for v in r.visits if v.store == store))
