"""What the planner is asked, and how that is written to the process which plans. Imports nothing of the search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.domain.plans import Line, PlanOutlet, PlanTerms

KINDS = ("sequence", "calendar", "territory")


@dataclass(frozen=True)
class Task:
    """What the planner is asked. `lines` is the plan that it starts from; `seconds` of search for all routes
    together (calendar, territory); same seed, same course."""

    kind: str
    terms: PlanTerms
    outlets: Mapping[int, PlanOutlet]
    route_ids: Sequence[int]
    lines: Sequence[Line]
    locked: frozenset[int]
    seconds: float
    seed: int = 1


def task_as_json(task: Task) -> dict[str, object]:
    """A task as it is written to this process."""
    return {
        "kind": task.kind,
        "terms": [
            task.terms.start_minute, task.terms.end_minute, task.terms.minutes_a_stop,
            list(task.terms.weekdays), task.terms.most_calls, task.terms.change_price,
        ],
        "outlets": [
            [o.id, o.code, o.name, o.outlet_class, o.latitude, o.longitude, o.minutes, o.wanted, list(o.hours)]
            for o in task.outlets.values()
        ],
        "route_ids": list(task.route_ids),
        "lines": [list(line) for line in task.lines],
        "locked": sorted(task.locked),
        "seconds": task.seconds,
        "seed": task.seed,
    }  # fmt: skip


def task_of(words: Mapping[str, Any]) -> Task:
    """The task that was written."""
    start, end, minutes, weekdays, most, change = words["terms"]
    outlets = [
        PlanOutlet(
            id_, code, name, letter, latitude, longitude, minutes, wanted,
            tuple((int(d), int(a), int(b)) for d, a, b in hours),
        )
        for id_, code, name, letter, latitude, longitude, minutes, wanted, hours in words["outlets"]
    ]  # fmt: skip
    return Task(
        kind=words["kind"],
        terms=PlanTerms(start, end, minutes, tuple(weekdays), most, change),
        outlets={outlet.id: outlet for outlet in outlets},
        route_ids=words["route_ids"],
        lines=[Line(*fields) for fields in words["lines"]],
        locked=frozenset(words["locked"]),
        seconds=words["seconds"],
        seed=words["seed"],
    )
