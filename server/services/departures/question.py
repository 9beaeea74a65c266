"""What the planner is asked about a leaver, and how that is written to the process which answers.

Imports nothing of the search."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from server.domain.plans import CYCLE, Line, PlanOutlet, PlanTerms

LEAVER: Final = "leaver"
# Minutes on the road expected a minute in a store, before anything is routed (as when territories are divided).
TRAVEL_SHARE: Final = 0.35
WEEKS: Final = 4
# A receiver's work afterwards is at most so many times the even share, where the others can take the rest: the nearest
# colleague with free hours would otherwise be given the whole of somebody else's route.
EVEN: Final = 1.15


@dataclass(frozen=True)
class Holding:
    """A store on a route: its work is that of four weeks, in minutes. `holder`: "leaver", or the route as text.
    `familiar`: route → share of familiarity of who walks it, 0 to 1; `new_day`: routes that do not work on its days."""

    outlet_id: int
    longitude: float
    latitude: float
    minutes: float
    holder: str
    familiar: Mapping[str, float]
    new_day: Sequence[str]


@dataclass(frozen=True)
class Question:
    """Who takes the leaver's stores? `room`: route → most minutes of work in four weeks. `cascade`: colleagues' stores
    may move on, too."""

    stores: Sequence[Holding]
    room: Mapping[str, float]
    cascade: bool
    seconds: float
    seed: int = 1


@dataclass(frozen=True)
class Answer:
    """Outlet → route that takes it; what it costs, and what it costs at least."""

    taken: Mapping[int, int]
    cost: float
    bound: float
    gap: float


def work_of(outlet: PlanOutlet, lines: Sequence[Line]) -> float:
    """Minutes in a store and on the way to it, of four weeks."""
    visits = sum(CYCLE // line.weeks for line in lines)
    return visits * outlet.minutes * (1 + TRAVEL_SHARE)


def question_of(
    lines: Sequence[Line],
    outlets: Mapping[int, PlanOutlet],
    terms: PlanTerms,
    leaving: frozenset[int],
    taking: frozenset[int],
    familiar: Mapping[int, Mapping[int, float]],
    *,
    cascade: bool,
    seconds: float,
) -> Question:
    """The question about the routes `leaving`, whose stores may go to the routes `taking`. Stores without a position
    or on other routes take no part."""
    own: dict[tuple[int, int], list[Line]] = {}
    days: dict[int, set[int]] = {}
    for line in lines:
        own.setdefault((line.outlet_id, line.route_id), []).append(line)
        days.setdefault(line.route_id, set()).add(line.weekday)
    stores = []
    seen: set[int] = set()
    for (outlet_id, route_id), had in own.items():
        outlet = outlets[outlet_id]
        if outlet_id in seen or not outlet.placed or route_id not in leaving | taking:
            continue
        seen.add(outlet_id)
        weekdays = {line.weekday for line in had}
        stores.append(
            Holding(
                outlet_id, outlet.longitude or 0.0, outlet.latitude or 0.0, work_of(outlet, had),
                LEAVER if route_id in leaving else str(route_id),
                {str(route): share for route, share in familiar.get(outlet_id, {}).items() if route in taking},
                [str(route) for route in sorted(taking) if not weekdays <= days.get(route, set())],
            )
        )  # fmt: skip
    return Question(stores, _room(stores, terms, taking), cascade, seconds)


def _room(stores: Sequence[Holding], terms: PlanTerms, taking: frozenset[int]) -> dict[str, float]:
    """A shift's hours on every working day, and no more than a fair share of all the work; where all together have less
    than is needed, each takes an even share of what is missing, and the figures say which days are over."""
    shift = float((terms.end_minute - terms.start_minute) * len(terms.weekdays) * WEEKS)
    held = {str(route): sum(one.minutes for one in stores if one.holder == str(route)) for route in taking}
    need = sum(one.minutes for one in stores if one.holder == LEAVER)
    fair = EVEN * (sum(held.values()) + need) / max(1, len(held))
    room = {route: max(min(shift, fair), minutes) for route, minutes in held.items()}
    free = sum(room[route] - minutes for route, minutes in held.items())
    if free >= 1.1 * need or not room:
        return room
    return {route: minutes + (1.15 * need - free) / len(room) for route, minutes in room.items()}


def as_json(question: Question) -> dict[str, object]:
    return asdict(question)


def question_from(words: Mapping[str, Any]) -> Question:
    """The question that was written."""
    stores = [Holding(**one) for one in words["stores"]]
    return Question(stores, words["room"], words["cascade"], words["seconds"], words["seed"])
