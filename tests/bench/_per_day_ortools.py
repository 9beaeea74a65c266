"""One day after another by OR-Tools, for `planner_per_day`: a process of its own, since it cannot live beside the
planner's solver. It counts its processor seconds.

stdin: {"seconds": a day, "days": [{"travel": whole numbers, "demand", "service", "trucks", "capacity", "longest"}]},
place 0 = the depot; stdout: the routes of each day, or null for a day without an answer.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

Day = dict[str, Any]
Routes = list[list[int]] | None


def route(day: Day, seconds: float) -> Routes:
    manager = pywrapcp.RoutingIndexManager(len(day["demand"]), day["trucks"], 0)
    routing = pywrapcp.RoutingModel(manager)
    node, travel = manager.IndexToNode, day["travel"]
    drive = routing.RegisterTransitCallback(lambda a, b: travel[node(a)][node(b)])
    routing.SetArcCostEvaluatorOfAllVehicles(drive)
    load = routing.RegisterUnaryTransitCallback(lambda a: day["demand"][node(a)])
    routing.AddDimension(load, 0, day["capacity"], True, "load")
    if day["longest"] is not None:
        spent = routing.RegisterTransitCallback(
            lambda a, b: travel[node(a)][node(b)] + day["service"][node(a)]
        )
        routing.AddDimension(spent, 0, day["longest"], True, "minutes")
    terms = pywrapcp.DefaultRoutingSearchParameters()
    terms.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    terms.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    until = time.process_time() + seconds
    routing.AddSearchMonitor(routing.solver().CustomLimit(lambda: time.process_time() > until))
    found = routing.SolveWithParameters(terms)
    if found is None:
        return None
    routes = []
    for truck in range(day["trucks"]):
        at = found.Value(routing.NextVar(routing.Start(truck)))
        stops = []
        while not routing.IsEnd(at):
            stops.append(node(at))
            at = found.Value(routing.NextVar(at))
        routes.append(stops)
    return routes


def main() -> None:
    asked = json.load(sys.stdin)
    json.dump([route(day, asked["seconds"]) for day in asked["days"]], sys.stdout)


if __name__ == "__main__":
    main()
