"""The one-day question: in what order to visit the stops."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from routes_planner.calendar.problem import MOST_BREAKS, Break, Window
from routes_planner.errors import require
from routes_planner.travel.table import TravelTable


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of the day.

    location: row in the travel table; minutes: service time; windows: opening hours (minutes of the day) within which
    service starts, empty = all day.
    """

    id: str
    location: int
    minutes: float = 0.0
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class SequenceProblem:
    """A day: from `start` at `opens` or later, through the stops, to `end` by `closes`.

    end None: the day is over at the last stop. For re-planning the rest of a day, `start` is where the rep is,
    `opens` is the time now, and `stops` are those still to do. late_price: cost units a minute after closing; None =
    never late. Lateness is priced in steps of `late_step` minutes up to `late_most`.
    finish_inside: service must also end inside the window.
    """

    name: str
    stops: tuple[Stop, ...]
    start: int
    end: int | None
    travel: TravelTable
    opens: float = 0.0
    closes: float = inf
    max_minutes: float = inf
    max_calls: int | None = None
    breaks: tuple[Break, ...] = ()
    finish_inside: bool = False
    late_price: float | None = None
    late_step: float = 10.0
    late_most: float = 120.0

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for number, stop in enumerate(self.stops):
            path = f"stops[{number}]"
            inside = 0 <= stop.location < self.travel.size
            require(inside, f"{path}.location", "in_table", "is not in the travel table")
            require(0 <= stop.minutes < inf, f"{path}.minutes", "not_negative", "must be zero or more")
            for window, (opens, closes) in enumerate(stop.windows):
                require(opens <= closes, f"{path}.windows[{window}]", "ordered", "must open before it closes")
            require(stop.id not in seen, f"{path}.id", "unique", f"{stop.id} is there twice")
            seen.add(stop.id)
        for name, location in (("start", self.start), ("end", self.end)):
            known = location is None or 0 <= location < self.travel.size
            require(known, name, "in_table", "is not in the travel table")
        require(self.opens <= self.closes, "opens", "ordered", "must open before it closes")
        require(self.max_minutes > 0, "max_minutes", "positive", "must be more than zero")
        require(
            self.max_calls is None or self.max_calls >= 0, "max_calls", "not_negative", "must be zero or more"
        )
        require(len(self.breaks) <= MOST_BREAKS, "breaks", "few", f"at most {MOST_BREAKS}")
        require(
            self.late_price is None or self.late_price >= 0,
            "late_price",
            "not_negative",
            "must not be negative",
        )
        require(self.late_step > 0, "late_step", "positive", "must be more than zero")
        require(self.late_most >= self.late_step, "late_most", "range", "must be at least `late_step`")
