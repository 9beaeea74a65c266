"""The process that says who takes a leaver's stores: reads one question as JSON from standard input, writes one line of
JSON: {"taken", "cost", "bound", "gap"} or {"refused"}. It opens no database."""

import json
import sys

from routes_planner.errors import PlannerError
from server.services.departures.question import question_from
from server.services.departures.reassigning import BrokenAnswer, answer


def main() -> None:
    question = question_from(json.load(sys.stdin))
    try:
        found = answer(question)
    except (PlannerError, BrokenAnswer) as error:
        sys.stdout.write(json.dumps({"refused": str(error)}) + "\n")
        return
    words = {"taken": list(found.taken.items()), "cost": found.cost, "bound": found.bound, "gap": found.gap}
    sys.stdout.write(json.dumps(words) + "\n")


if __name__ == "__main__":
    main()
