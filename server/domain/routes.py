"""Routes: a first draft of who visits which outlet on which day, and whether a day's stops make sense.

The draft is for an imported area that has no routes yet: balanced, compact, in a sensible order, there in a second.
The planner (`routes_planner`) plans better and takes longer; a person edits and publishes either.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Final, NamedTuple

from server.domain.errors import DomainError, Problem

METRES_A_DEGREE: Final = 111_195.0
TWO_OPT_ROUNDS: Final = 30
MAX_STOPS_A_DAY: Final = 200
DAY_MINUTES: Final = 24 * 60


class Place(NamedTuple):
    """An outlet to be routed: its id and WGS-84 position in degrees."""

    id: int
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class DraftRules:
    """How to draft. `weekdays`: 0 = Monday; times in minutes after midnight; speed in km/h along the road, `detour` =
    road length over straight line."""

    routes: int
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    start_minute: int = 8 * 60 + 30
    minutes_a_stop: int = 8
    speed_kmh: float = 15.0
    detour: float = 1.4

    def __post_init__(self) -> None:
        if not 1 <= self.routes <= 100:
            raise DomainError("routes", "at_least" if self.routes < 1 else "at_most", least=1, most=100)
        if not self.weekdays or len(set(self.weekdays)) != len(self.weekdays):
            raise DomainError("weekdays", "required" if not self.weekdays else "twice")
        if any(not 0 <= day <= 6 for day in self.weekdays):
            raise DomainError("weekdays", "one_of", allowed="0-6")
        if not 0 <= self.start_minute < DAY_MINUTES:
            raise DomainError("start_minute", "at_most", most=DAY_MINUTES - 1)
        if not 1 <= self.minutes_a_stop <= 240:
            raise DomainError(
                "minutes_a_stop", "at_least" if self.minutes_a_stop < 1 else "at_most", least=1, most=240
            )


class DraftStop(NamedTuple):
    """One stop of a drafted day."""

    outlet_id: int
    sequence: int
    planned_minute: int


@dataclass(frozen=True, slots=True)
class DraftRoute:
    """One route of a draft: its stops by weekday, in order, and metres along the days' straight lines."""

    days: dict[int, tuple[DraftStop, ...]]
    metres: int

    @property
    def outlets(self) -> int:
        return sum(len(stops) for stops in self.days.values())


def draft(places: Sequence[Place], rules: DraftRules) -> list[DraftRoute]:
    """Divide places into routes and each route's places into weekdays, every place once a week.

    Balanced recursive bisection across the longer side keeps areas compact and within one stop of each other in
    size; each day is ordered by nearest neighbour and 2-opt.
    """
    if not places:
        raise DomainError("outlets", "required")
    most = rules.routes * len(rules.weekdays) * MAX_STOPS_A_DAY
    if len(places) > most:
        raise DomainError("outlets", "at_most", most=most)
    routes = []
    for area in split(places, rules.routes):
        days: dict[int, tuple[DraftStop, ...]] = {}
        metres = 0
        for weekday, stops in zip(rules.weekdays, split(area, len(rules.weekdays)), strict=True):
            ordered = in_order(stops)
            metres += path_metres(ordered)
            minutes = planned_minutes(ordered, rules)
            days[weekday] = tuple(
                DraftStop(place.id, index + 1, minute)
                for index, (place, minute) in enumerate(zip(ordered, minutes, strict=True))
            )
        routes.append(DraftRoute(days, metres))
    return routes


def metres_between(a: Place, b: Place) -> float:
    """Metres between two places of one city (equirectangular, good to 0.1 % within 100 km)."""
    x = (b.longitude - a.longitude) * math.cos(math.radians((a.latitude + b.latitude) / 2))
    return METRES_A_DEGREE * math.hypot(x, b.latitude - a.latitude)


def path_metres(path: Sequence[Place]) -> int:
    """Metres along a path's straight lines."""
    return round(sum(metres_between(a, b) for a, b in pairwise(path)))


def split(places: Sequence[Place], parts: int) -> list[list[Place]]:
    """Cut places into `parts` compact groups whose sizes differ by one at most (some empty when too few)."""
    if parts == 1:
        return [list(places)]
    left_parts = parts // 2
    if not places:
        return [[] for _ in range(parts)]
    middle = math.radians(sum(place.latitude for place in places) / len(places))
    width = (max(p.longitude for p in places) - min(p.longitude for p in places)) * math.cos(middle)
    height = max(p.latitude for p in places) - min(p.latitude for p in places)
    along = sorted(
        places,
        key=lambda p: (p.longitude, p.latitude, p.id) if width >= height else (p.latitude, p.longitude, p.id),
    )
    # The first `extra` groups of the whole have one more; the left half gets its share of them.
    size, extra = divmod(len(places), parts)
    cut = left_parts * size + min(left_parts, extra)
    return split(along[:cut], left_parts) + split(along[cut:], parts - left_parts)


def in_order(places: Sequence[Place]) -> list[Place]:
    """A short open path through the places: nearest neighbour from the outermost one, then 2-opt."""
    if len(places) < 3:
        return sorted(places)
    start = min(places, key=lambda p: (p.longitude + p.latitude, p.id))
    rest, path = set(places) - {start}, [start]
    while rest:
        nearest = min(rest, key=lambda p: (metres_between(path[-1], p), p.id))
        rest.remove(nearest)
        path.append(nearest)
    for _ in range(TWO_OPT_ROUNDS):
        if not _two_opt(path):
            break
    return path


def _two_opt(path: list[Place]) -> bool:
    """One round of 2-opt on an open path, in place; whether it found anything."""
    better = False
    last = len(path) - 1
    for i in range(last):
        for j in range(i + 1, last + 1):
            before = (metres_between(path[i - 1], path[i]) if i else 0.0) + (
                metres_between(path[j], path[j + 1]) if j < last else 0.0
            )
            after = (metres_between(path[i - 1], path[j]) if i else 0.0) + (
                metres_between(path[i], path[j + 1]) if j < last else 0.0
            )
            if after < before - 1e-6:
                path[i : j + 1] = reversed(path[i : j + 1])
                better = True
    return better


def planned_minutes(ordered: Sequence[Place], rules: DraftRules) -> list[int]:
    """When each stop of an ordered day is planned: start, then travel and service in turn."""
    minutes: list[int] = []
    clock = float(rules.start_minute)
    for index, place in enumerate(ordered):
        if index:
            metres = metres_between(ordered[index - 1], place) * rules.detour
            clock += rules.minutes_a_stop + metres / (rules.speed_kmh * 1000 / 60)
        minutes.append(min(round(clock), DAY_MINUTES - 1))
    return minutes


@dataclass(frozen=True, slots=True)
class StopPlan:
    """One stop as a person plans it for a weekday."""

    outlet_id: int
    weeks: int = 1
    phase: int = 0
    planned_minute: int | None = None


def day_problems(stops: Sequence[StopPlan]) -> list[Problem]:
    """What is wrong with a weekday's stops: each outlet once, weeks 1, 2 or 4, phase below it, a time of the day."""
    problems = []
    if len(stops) > MAX_STOPS_A_DAY:
        problems.append(Problem("stops", "at_most", {"most": MAX_STOPS_A_DAY}))
    seen: set[int] = set()
    for index, stop in enumerate(stops):
        path = f"stops.{index}"
        if stop.outlet_id in seen:
            problems.append(Problem(f"{path}.outlet_id", "twice"))
        seen.add(stop.outlet_id)
        if stop.weeks not in (1, 2, 4):
            problems.append(Problem(f"{path}.weeks", "one_of", {"allowed": "1, 2, 4"}))
        elif not 0 <= stop.phase < stop.weeks:
            problems.append(Problem(f"{path}.phase", "at_most", {"most": stop.weeks - 1}))
        if stop.planned_minute is not None and not 0 <= stop.planned_minute < DAY_MINUTES:
            problems.append(Problem(f"{path}.planned_minute", "at_most", {"most": DAY_MINUTES - 1}))
    return problems


class Held(NamedTuple):
    """An assignment in time, half-open; `ends_at` None: still open. `regular` False: a substitution."""

    holder_id: int
    starts_at: datetime
    ends_at: datetime | None
    regular: bool


def holder_at(held: Sequence[Held], instant: datetime) -> int | None:
    """Who held it at an instant. A substitution covers the regular holder while it lasts."""
    at = [one for one in held if one.starts_at <= instant and (one.ends_at is None or instant < one.ends_at)]
    if not at:
        return None
    return max(at, key=lambda one: (not one.regular, one.starts_at)).holder_id


def holds_on(valid_from: date, valid_to: date | None, day: date) -> bool:
    """Whether a dated row (both ends included) holds on a day."""
    return valid_from <= day and (valid_to is None or day <= valid_to)
