"""The answer to the one-day question."""

from __future__ import annotations

from dataclasses import dataclass

from routes_planner.calendar.plan import Rest, Unserved


@dataclass(frozen=True, slots=True)
class Call:
    """A stop in its place: when service starts, and how many minutes after closing that is."""

    stop: str
    start: float
    late: float = 0.0


@dataclass(frozen=True, slots=True)
class SequencePlan:
    """Calls in order. `cost` is travel alone."""

    calls: tuple[Call, ...]
    leaves: float
    returns: float
    cost: float
    late: float
    rests: tuple[Rest, ...] = ()
    unserved: tuple[Unserved, ...] = ()
    seconds: float = 0.0
    steps: int = 0
