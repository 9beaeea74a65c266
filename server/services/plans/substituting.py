"""What it costs to walk somebody else's day as well: the planner's hours for two days driven as one, and its insertion
for outlets that are spread over neighbours. Computes only."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from routes_planner.calendar.insert import Inserter
from routes_planner.calendar.plan import CalendarPlan, DayRoute
from routes_planner.calendar.problem import CalendarProblem, Shift, Store
from routes_planner.calendar.schedule import schedule
from server.domain.plans import PlanOutlet, PlanTerms
from server.services.plans.pricing import forced, travel_of

# A day is divided among so many where it can be: more would each go out of their way for little.
SHARED_BY: Final = 4


@dataclass(frozen=True)
class Day:
    """One day: the absent person's outlets, and everybody's own, each in order."""

    weekday: int
    absent: tuple[int, ...]
    own: Mapping[int, tuple[int, ...]]


@dataclass(frozen=True)
class Share:
    """What one person would take over on all days together: minutes more, and minutes beyond the shift."""

    person_id: int
    outlet_ids: frozenset[int]
    extra: float
    over: float


@dataclass
class _Taken:
    outlets: set[int] = field(default_factory=set)
    extra: float = 0.0
    over: float = 0.0


def together(
    own: Sequence[int],
    absent: Sequence[int],
    weekday: int,
    outlets: Mapping[int, PlanOutlet],
    terms: PlanTerms,
) -> tuple[float, float]:
    """Minutes that a day grows by when the absent person's outlets are walked before or after one's own, whichever is
    shorter, and the minutes by which it then exceeds the shift."""
    ids = list(dict.fromkeys([*own, *absent]))
    problem = _problem(ids, {0: ()}, weekday, outlets, terms)
    stores = {int(store.id): store for store in problem.stores}
    shift = problem.shifts[0]
    alone = _length(problem, shift, [stores[one] for one in own])
    orders = ([*own, *absent], [*absent, *own])
    both = min(_length(problem, shift, [stores[one] for one in dict.fromkeys(order)]) for order in orders)
    return both - alone, max(0.0, both - (terms.end_minute - terms.start_minute))


def spread(
    days: Sequence[Day], people: Sequence[int], outlets: Mapping[int, PlanOutlet], terms: PlanTerms
) -> list[Share]:
    """The absent person's outlets over neighbours, each where it costs least on the road and still fits the shift;
    what fits nobody's goes to whoever has the shortest day. Nobody
    takes much more than a fair share. An outlet keeps its person on all days."""
    if not people:
        return []
    taken = {one: _Taken() for one in people}
    keeper: dict[int, int] = {}
    walked: dict[tuple[int, tuple[int, ...]], dict[int, tuple[float, float]]] = {}
    for day in days:
        key = (day.weekday, day.absent)
        if key not in walked:
            walked[key] = _spread_day(day, people, outlets, terms, keeper)
        for person, (extra, over) in walked[key].items():
            taken[person].extra += extra
            taken[person].over += over
    for outlet_id, person in keeper.items():
        taken[person].outlets.add(outlet_id)
    return [
        Share(person, frozenset(one.outlets), one.extra, one.over)
        for person, one in taken.items()
        if one.outlets
    ]


def _spread_day(
    day: Day,
    people: Sequence[int],
    outlets: Mapping[int, PlanOutlet],
    terms: PlanTerms,
    keeper: dict[int, int],
) -> dict[int, tuple[float, float]]:
    """Spread one day; `keeper` grows. Minutes more and minutes beyond the shift by person."""
    ids = list(dict.fromkeys([*(one for own in day.own.values() for one in own), *day.absent]))
    problem = _problem(ids, dict.fromkeys(people, ()), day.weekday, outlets, terms)
    stores = {int(store.id): store for store in problem.stores}
    shifts = {int(shift.rep): shift for shift in problem.shifts}
    walks = {one: [stores[o] for o in day.own.get(one, ()) if o not in day.absent] for one in people}
    before = {one: _length(problem, shifts[one], walk) for one, walk in walks.items()}
    quota = 1 + math.ceil(len(day.absent) / min(len(people), SHARED_BY))
    had = dict.fromkeys(people, 0)
    # The longest visit has the least choice: it is placed first.
    for outlet_id in sorted(day.absent, key=lambda one: -outlets[one].minutes):
        kept_by = keeper.get(outlet_id)
        able = [kept_by] if kept_by is not None else [one for one in people if had[one] < quota]
        person, place = _place(problem, shifts, {one: walks[one] for one in able}, stores[outlet_id])
        keeper.setdefault(outlet_id, person)
        had[person] += 1
        walks[person].insert(place, stores[outlet_id])
    shift_minutes = terms.end_minute - terms.start_minute
    after = {one: _length(problem, shifts[one], walk) for one, walk in walks.items()}
    return {
        one: (after[one] - before[one], max(0.0, after[one] - max(shift_minutes, before[one])))
        for one in people
    }


def _place(
    problem: CalendarProblem,
    shifts: Mapping[int, Shift],
    walks: Mapping[int, list[Store]],
    store: Store,
) -> tuple[int, int]:
    """Which of these days takes a store, and at which place."""
    routes = tuple(_route(problem, shifts[one], walk) for one, walk in walks.items() if walk)
    asked = Store(
        store.id, store.location, store.patterns, store.minutes, day_windows=store.day_windows,
        reps=tuple(str(one) for one in walks),
    )  # fmt: skip
    found = Inserter(problem, CalendarPlan(routes, (), 0.0, 0.0)).cheapest(asked, count=1)
    if found:
        person, after = int(found[0].rep), found[0].after[0]
        walk = walks[person]
        return person, 1 + next((at for at, one in enumerate(walk) if one.id == after), -1)
    shortest = min(walks, key=lambda one: (_length(problem, shifts[one], walks[one]), one))
    return shortest, len(walks[shortest])


def _problem(
    ids: Sequence[int],
    people: Mapping[int, object],
    weekday: int,
    outlets: Mapping[int, PlanOutlet],
    terms: PlanTerms,
) -> CalendarProblem:
    """One day of some people, each from the first store to the last."""
    own = [outlets[one] for one in ids]
    stores = tuple(
        Store(str(outlet.id), at, ((0,),), float(outlet.minutes), day_windows={"0": outlet.windows(weekday)})
        for at, outlet in enumerate(own)
    )
    opens, closes = float(terms.start_minute), float(terms.end_minute)
    shifts = tuple(Shift(str(one), 0, len(own), None, opens, closes, closes - opens) for one in people)
    return CalendarProblem("day", 1, stores, shifts, travel_of(own), days_a_week=1)


def _route(problem: CalendarProblem, shift: Shift, walk: Sequence[Store]) -> DayRoute:
    return schedule(problem, shift, walk) or forced(problem, shift, walk)


def _length(problem: CalendarProblem, shift: Shift, walk: Sequence[Store]) -> float:
    """Minutes from the first store to the last one's end; 0 for none."""
    if not walk:
        return 0.0
    made = _route(problem, shift, walk)
    return made.returns - made.leaves
