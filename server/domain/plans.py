"""Plans: who visits which store on which weekday from a day on; how an edit changes that, and what a change means to
the people who walk it. Plain questions; travel and hours are priced above (services.plans.pricing)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from server.domain.errors import DomainError

CYCLE: Final = 4
"""Weeks after which every week cycle (1, 2, 4) repeats."""

EDITS: Final = ("move", "lock", "unlock")
MOST_STORES: Final = 5_000
MOST_AT_ONCE: Final = 500


class Line(NamedTuple):
    """A visit of a plan: an outlet on a route on a weekday (0 = Monday), in its week cycle."""

    outlet_id: int
    route_id: int
    weekday: int
    weeks: int
    phase: int
    sequence: int
    planned_minute: int | None

    @property
    def cycle_weeks(self) -> range:
        """The weeks of the cycle (0 to 3) in which it is due."""
        return range(self.phase, CYCLE, self.weeks)


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """The working day that is planned for, in minutes after midnight. `minutes_a_stop` where an outlet has none of its
    own; `change_price`: minutes on the road that one visit must save before the planner moves it."""

    start_minute: int = 8 * 60 + 30
    end_minute: int = 17 * 60 + 30
    minutes_a_stop: int = 8
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    most_calls: int | None = None
    change_price: float = 2.0

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < self.end_minute <= 24 * 60:
            raise DomainError("end_minute", "at_least", least=self.start_minute + 1)
        if not 1 <= self.minutes_a_stop <= 240:
            raise DomainError("minutes_a_stop", "at_most", most=240)
        if not self.weekdays or len(set(self.weekdays)) != len(self.weekdays):
            raise DomainError("weekdays", "required" if not self.weekdays else "twice")
        if any(not 0 <= day <= 6 for day in self.weekdays):
            raise DomainError("weekdays", "one_of", allowed="0-6")
        if self.most_calls is not None and not 1 <= self.most_calls <= 200:
            raise DomainError("most_calls", "at_most", most=200)


@dataclass(frozen=True, slots=True)
class PlanOutlet:
    """A store as a plan knows it. `minutes`: a visit's length; `wanted`: visits in four weeks, None: as now; `hours`:
    (weekday, opens, closes), empty: unknown."""

    id: int
    code: str
    name: str
    outlet_class: str
    latitude: float | None
    longitude: float | None
    minutes: int
    wanted: int | None = None
    hours: tuple[tuple[int, int, int], ...] = ()

    @property
    def placed(self) -> bool:
        return self.latitude is not None and self.longitude is not None

    def windows(self, weekday: int) -> tuple[tuple[float, float], ...]:
        """Opening hours on a weekday; empty where nothing is known."""
        return tuple((float(a), float(b)) for day, a, b in self.hours if day == weekday)


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person did on the board.

    move: the stores' visits (only those on `from_weekday`, if named) go to `route_id` and `weekday` (None: as before),
    to place `place` (from 0) of that day, or where it costs least. lock, unlock: the stores stay where they are.
    """

    kind: str
    outlet_ids: tuple[int, ...]
    from_weekday: int | None = None
    route_id: int | None = None
    weekday: int | None = None
    place: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in EDITS:
            raise DomainError("kind", "one_of", allowed=", ".join(EDITS))
        if not self.outlet_ids:
            raise DomainError("outlet_ids", "required")
        if len(self.outlet_ids) > MOST_AT_ONCE:
            raise DomainError("outlet_ids", "at_most", most=MOST_AT_ONCE)
        if len(set(self.outlet_ids)) != len(self.outlet_ids):
            raise DomainError("outlet_ids", "twice")
        if self.kind == "move" and self.route_id is None and self.weekday is None:
            raise DomainError("weekday", "required")

    def as_json(self) -> dict[str, object]:
        return {
            "kind": self.kind, "outlet_ids": list(self.outlet_ids), "from_weekday": self.from_weekday,
            "route_id": self.route_id, "weekday": self.weekday, "place": self.place,
        }  # fmt: skip


def moved(own: Sequence[Line], edit: Edit) -> list[Line]:
    """A store's lines after a move, without their places (sequence 0). Errors: DomainError where it cannot be.

    A store has one route: where it changes, all its visits go. A visit that changes its weekday must be named by the
    weekday it has now, unless the store has one visit only.
    """
    route_id = edit.route_id if edit.route_id is not None else (own[0].route_id if own else None)
    if route_id is None:
        raise DomainError("route_id", "required")
    if not own:
        if edit.weekday is None:
            raise DomainError("weekday", "required")
        return [Line(edit.outlet_ids[0], route_id, edit.weekday, 1, 0, 0, None)]
    lines = [line._replace(route_id=route_id) for line in own]
    if edit.weekday is None:
        return lines
    named = [
        at for at, line in enumerate(lines) if edit.from_weekday is None or line.weekday == edit.from_weekday
    ]
    weekdays = {lines[at].weekday for at in named}
    if not named or len(weekdays) > 1:
        raise DomainError("from_weekday", "required")
    for at in named:
        lines[at] = lines[at]._replace(weekday=edit.weekday)
    due: set[tuple[int, int]] = set()
    for line in lines:
        for week in line.cycle_weeks:
            if (week, line.weekday) in due:
                raise DomainError("weekday", "twice")
            due.add((week, line.weekday))
    return lines


def lines_of_days(outlet_id: int, route_id: int, days: Iterable[tuple[int, int]]) -> list[Line]:
    """Lines for visits on (week of the cycle, weekday): weekly where all four weeks have it, A or B where every other
    one does, else one line for each of the four weeks."""
    weeks_of: dict[int, set[int]] = defaultdict(set)
    for week, weekday in days:
        weeks_of[weekday].add(week)
    lines = []
    for weekday, weeks in sorted(weeks_of.items()):
        if len(weeks) == CYCLE:
            cycles = [(1, 0)]
        elif weeks in ({0, 2}, {1, 3}):
            cycles = [(2, min(weeks))]
        else:
            cycles = [(4, week) for week in sorted(weeks)]
        lines += [Line(outlet_id, route_id, weekday, every, phase, 0, None) for every, phase in cycles]
    return lines


@dataclass(frozen=True, slots=True)
class Change:
    """What changed about an outlet on a route. kind: came | left | moved | order; weekdays before and after."""

    outlet_id: int
    route_id: int
    kind: str
    before: tuple[int, ...]
    after: tuple[int, ...]


def changes(before: Iterable[Line], after: Iterable[Line]) -> list[Change]:
    """Per outlet and route, in order of both. A store that goes to another route left one and came to the other; one
    whose days stay and whose place among its neighbours changed has another order."""
    old, new = _by_place(before), _by_place(after)
    found = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key, []), new.get(key, [])
        outlet_id, route_id = key
        kind = "came" if not was else "left" if not now else ""
        rhythm = [sorted((line.weekday, line.weeks, line.phase) for line in lines) for lines in (was, now)]
        places = [sorted((line.weekday, line.sequence) for line in lines) for lines in (was, now)]
        if not kind and rhythm[0] != rhythm[1]:
            kind = "moved"
        if not kind and places[0] != places[1]:
            kind = "order"
        if kind:
            days = [tuple(sorted({line.weekday for line in lines})) for lines in (was, now)]
            found.append(Change(outlet_id, route_id, kind, days[0], days[1]))
    return found


def _by_place(lines: Iterable[Line]) -> dict[tuple[int, int], list[Line]]:
    found: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for line in lines:
        found[line.outlet_id, line.route_id].append(line)
    return found


def stores_that_move(before: Iterable[Line], after: Iterable[Line]) -> list[int]:
    """Outlets whose route, weekday or week cycle differs; a new order alone moves nobody."""
    return sorted({change.outlet_id for change in changes(before, after) if change.kind != "order"})


def numbered(lines: Sequence[Line]) -> list[Line]:
    """The same lines with sequences 1, 2, … within their route and weekday, in the order given."""
    count: dict[tuple[int, int], int] = defaultdict(int)
    result = []
    for line in lines:
        count[line.route_id, line.weekday] += 1
        result.append(line._replace(sequence=count[line.route_id, line.weekday]))
    return result


@dataclass(frozen=True, slots=True)
class RouteFigures:
    """A route's four weeks in numbers: minutes of travel, service and work, calls, the longest day, days over the
    shift, calls outside opening hours. `weekdays`: (weekday, calls, travel, minutes) of each weekday's fullest week."""

    stores: int = 0
    calls: int = 0
    travel: float = 0.0
    service: float = 0.0
    work: float = 0.0
    days: int = 0
    longest: float = 0.0
    over: int = 0
    late: int = 0
    weekdays: tuple[tuple[int, int, float, float], ...] = ()


def total(figures: Mapping[int, RouteFigures]) -> dict[str, float]:
    """The territory's four weeks. `balance`: how far the fullest route's work is above the even share, in percent."""
    own = [one for one in figures.values() if one.calls]
    work = sum(one.work for one in own)
    days = sum(one.days for one in own)
    calls = sum(one.calls for one in own)
    even = work / len(own) if own else 0.0
    return {
        "stores": sum(one.stores for one in own),
        "calls": calls,
        "travel": round(sum(one.travel for one in own), 1),
        "work": round(work, 1),
        "days": days,
        "calls_a_day": round(calls / days, 2) if days else 0.0,
        "hours_a_day": round(work / days / 60, 2) if days else 0.0,
        "longest": round(max((one.longest for one in own), default=0.0), 1),
        "over": sum(one.over for one in own),
        "late": sum(one.late for one in own),
        "balance": round(100 * (max(one.work for one in own) / even - 1), 1) if even else 0.0,
    }


def with_wanted(outlet: PlanOutlet, lines: Iterable[Line]) -> PlanOutlet:
    """The outlet with the visits in four weeks that it has now, where a list named none."""
    if outlet.wanted is not None:
        return outlet
    return replace(outlet, wanted=sum(CYCLE // line.weeks for line in lines) or None)
