"""The process that plans: reads one task as JSON from standard input, writes lines of JSON: {"share", "stage",
"detail"} while it works, at last {"lines"} or {"refused"}. It opens no database, and it ends when nobody reads it any
more: the write of its next line fails."""

import json
import sys
from collections.abc import Mapping
from typing import Any

from routes_planner.errors import PlannerError
from server.domain.plans import Line, PlanOutlet, PlanTerms
from server.services.plans.solving import BrokenPlan, Task, solve


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


def say(message: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def main() -> None:
    task = task_of(json.load(sys.stdin))
    told = {"share": -1.0}

    def tell(share: float, stage: str, detail: str) -> None:
        if stage or share - told["share"] >= 0.02:
            told["share"] = share
            say({"share": share, "stage": stage, "detail": detail})

    try:
        lines = solve(task, tell)
    except (PlannerError, BrokenPlan) as error:
        say({"refused": str(error)})
        return
    say({"lines": [list(line) for line in lines]})


if __name__ == "__main__":
    main()
