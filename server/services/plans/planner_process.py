"""The process that plans: reads one task as JSON from standard input, writes lines of JSON: {"share", "stage",
"detail"} while it works, at last {"lines"} or {"refused"}. It opens no database, and it ends when nobody reads it any
more: the write of its next line fails."""

import json
import sys
from collections.abc import Mapping

from routes_planner.errors import PlannerError
from server.services.plans.solving import BrokenPlan, solve
from server.services.plans.task import task_of


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
