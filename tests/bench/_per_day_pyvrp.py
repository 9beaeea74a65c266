"""One day after another by PyVRP, for `planner_per_day`: a process of its own, which counts its processor seconds.

stdin: {"seconds": a day, "days": [{"travel": whole numbers, "demand", "service", "trucks", "capacity", "longest"}]},
place 0 = the depot; stdout: the routes of each day, or null for a day without an answer.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from pyvrp import Model

Day = dict[str, Any]
Routes = list[list[int]] | None


def route(day: Day, seconds: float) -> Routes:
    model = Model()
    places = [model.add_location(0, 0) for _ in day["demand"]]
    depot = model.add_depot(places[0])
    for place, load, minutes in list(zip(places, day["demand"], day["service"], strict=True))[1:]:
        model.add_client(place, delivery=load, service_duration=minutes)
    longest = {} if day["longest"] is None else {"shift_duration": day["longest"]}
    model.add_vehicle_type(day["trucks"], day["capacity"], depot, depot, **longest)
    for a, row in zip(places, day["travel"], strict=True):
        for b, travel in zip(places, row, strict=True):
            if a is not b:
                model.add_edge(a, b, travel, travel)
    until = time.process_time() + seconds
    best = model.solve(lambda _: time.process_time() > until, seed=1, display=False).best
    if not best.is_feasible():
        return None
    return [[activity.idx + 1 for activity in tour if activity.is_client()] for tour in best.routes()]


def main() -> None:
    asked = json.load(sys.stdin)
    json.dump([route(day, asked["seconds"]) for day in asked["days"]], sys.stdout)


if __name__ == "__main__":
    main()
