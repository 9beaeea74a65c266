"""The journey-plan question: which days, which rep, in what order."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from routes_planner.errors import require
from routes_planner.travel.table import TravelTable

Window = tuple[float, float]
Pattern = tuple[int, ...]
MOST_BREAKS = 30


@dataclass(frozen=True, slots=True)
class Store:
    """A store to visit.

    location: row in the travel table; minutes: a visit's service time; demand: load a visit; patterns: allowed sets
    of days (numbers in the cycle); windows: opening hours in minutes of the day within which service starts, the
    same each day unless `day_windows` names the day; reps: who may serve it, empty = anyone.
    """

    id: str
    location: int
    patterns: tuple[Pattern, ...]
    minutes: float = 0.0
    demand: float = 0.0
    windows: tuple[Window, ...] = ()
    day_windows: dict[str, tuple[Window, ...]] = field(default_factory=dict)
    reps: tuple[str, ...] = ()

    def windows_on(self, day: int) -> tuple[Window, ...]:
        """The windows of a day; empty = open all day."""
        return self.day_windows.get(str(day), self.windows)


@dataclass(frozen=True, slots=True)
class Break:
    """A rest of `minutes` that starts between `earliest` and `latest` (minutes of the day)."""

    minutes: float
    earliest: float
    latest: float


@dataclass(frozen=True, slots=True)
class Shift:
    """One rep's (or truck's) working day: at most one route. No shift on a day means that the rep is off.

    end None: the day ends at the last stop. max_minutes covers travel, service, waiting and breaks. A break is due on
    days that end after its latest start; it is taken after a visit, before driving on.
    """

    rep: str
    day: int
    start: int
    end: int | None
    opens: float = 0.0
    closes: float = inf
    max_minutes: float = inf
    capacity: float = inf
    max_calls: int | None = None
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarProblem:
    """Stores with day patterns, shifts, and travel between locations.

    days: length of the cycle; same_rep: every visit of a store by the same rep (a truck-pool problem says False);
    finish_inside: service must also end inside the window; late_bands: (minutes, price) pairs: service may start up to
    so many minutes after closing, at that price; locked_stores: store → the pattern it must keep;
    locked_days: days whose routes the start plan fixes as they are; days_a_week: for counting weeks in reports.
    """

    name: str
    days: int
    stores: tuple[Store, ...]
    shifts: tuple[Shift, ...]
    travel: TravelTable
    same_rep: bool = True
    finish_inside: bool = False
    locked_stores: dict[str, Pattern] = field(default_factory=dict)
    locked_days: tuple[int, ...] = ()
    days_a_week: int = 5
    late_bands: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        require(self.days > 0, "days", "positive", "must be more than zero")
        require(self.days_a_week > 0, "days_a_week", "positive", "must be more than zero")
        require(len(self.shifts) > 0, "shifts", "not_empty", "at least one shift is needed")
        reps = {shift.rep for shift in self.shifts}
        seen: set[str] = set()
        for number, store in enumerate(self.stores):
            self._check_store(f"stores[{number}]", store, reps)
            require(store.id not in seen, f"stores[{number}].id", "unique", f"{store.id} is there twice")
            seen.add(store.id)
        for number, shift in enumerate(self.shifts):
            self._check_shift(f"shifts[{number}]", shift)
        for id_, pattern in self.locked_stores.items():
            require(id_ in seen, "locked_stores", "known", f"there is no store {id_}")
            self._check_pattern(f"locked_stores.{id_}", pattern)
        for day in self.locked_days:
            require(0 <= day < self.days, "locked_days", "in_cycle", f"day {day} is not in the cycle")

    def _check_pattern(self, path: str, pattern: Pattern) -> None:
        inside = all(0 <= day < self.days for day in pattern)
        require(len(pattern) > 0 and inside, path, "in_cycle", "names days outside the cycle, or none")
        require(len(set(pattern)) == len(pattern), path, "unique", "names a day twice")

    def _check_store(self, path: str, store: Store, reps: set[str]) -> None:
        require(
            0 <= store.location < self.travel.size,
            f"{path}.location",
            "in_table",
            "is not in the travel table",
        )
        require(0 <= store.minutes < inf, f"{path}.minutes", "not_negative", "must be zero or more")
        require(0 <= store.demand < inf, f"{path}.demand", "not_negative", "must be zero or more")
        require(
            len(store.patterns) > 0, f"{path}.patterns", "not_empty", "at least one day pattern is needed"
        )
        for number, pattern in enumerate(store.patterns):
            self._check_pattern(f"{path}.patterns[{number}]", pattern)
        every = [("windows", w) for w in store.windows]
        every += [(f"day_windows.{day}", w) for day, windows in store.day_windows.items() for w in windows]
        for name, (opens, closes) in every:
            require(opens <= closes, f"{path}.{name}", "ordered", "must open before it closes")
        for rep in store.reps:
            require(rep in reps, f"{path}.reps", "known", f"there is no rep {rep}")

    def _check_shift(self, path: str, shift: Shift) -> None:
        require(0 <= shift.day < self.days, f"{path}.day", "in_cycle", "is not in the cycle")
        for name, location in (("start", shift.start), ("end", shift.end)):
            known = location is None or 0 <= location < self.travel.size
            require(known, f"{path}.{name}", "in_table", "is not in the travel table")
        require(shift.opens <= shift.closes, f"{path}.opens", "ordered", "must open before it closes")
        require(shift.max_minutes > 0, f"{path}.max_minutes", "positive", "must be more than zero")
        require(shift.capacity >= 0, f"{path}.capacity", "not_negative", "must be zero or more")
        calls = shift.max_calls is None or shift.max_calls >= 0
        require(calls, f"{path}.max_calls", "not_negative", "must be zero or more")
        require(len(shift.breaks) <= MOST_BREAKS, f"{path}.breaks", "few", f"at most {MOST_BREAKS} a day")
        for number, rest in enumerate(shift.breaks):
            ordered = rest.earliest <= rest.latest
            require(ordered, f"{path}.breaks[{number}]", "ordered", "its earliest start is after its latest")
            require(
                rest.minutes > 0, f"{path}.breaks[{number}].minutes", "positive", "must be more than zero"
            )
