"""planner.per_day_gap: what routing each day well is worth where the visit days are fixed beforehand.

Side by side on the same published instances and the same seconds: PyVRP and OR-Tools a day on fixed, balanced day
patterns (each in a process of its own), and this planner, which chooses the days as well. OR-Tools takes part where
`make comparison` has been run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from routes_planner.calendar.problem import CalendarProblem, Pattern
from routes_planner.calendar.solve import solve
from routes_planner.cli.bench import read_best_known
from routes_planner.cli.warm import compile_kernels
from routes_planner.formats.pvrp import read_pvrp
from routes_planner.stopping import Stop
from tests.bench.figure import Figure, Wanted

NAMES = ("planner.per_day_gap",)
ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "pvrp"
COMPARISON = ROOT / ".venv" / "comparison"
SAMPLE = ("p02", "p08", "pr02")
SECONDS = 5.0  # of processor time, for each of them
FINE = 1000  # routers want whole numbers


def balanced_patterns(problem: CalendarProblem) -> dict[str, Pattern]:
    """The busiest stores first, each by the pattern that keeps the days' loads most even."""
    load = np.zeros(problem.days)
    chosen: dict[str, Pattern] = {}
    for store in sorted(problem.stores, key=lambda s: (-s.demand * len(s.patterns[0]), s.id)):
        best = min(store.patterns, key=lambda p: float(((load[list(p)] + store.demand) ** 2).sum()))
        load[list(best)] += store.demand
        chosen[store.id] = best
    return chosen


def days_of(problem: CalendarProblem) -> list[dict[str, Any]]:
    """One routing problem a day, in whole numbers."""
    patterns = balanced_patterns(problem)
    days = []
    for day in range(problem.days):
        today = [store for store in problem.stores if day in patterns[store.id]]
        trucks = [shift for shift in problem.shifts if shift.day == day]
        at = [trucks[0].start] + [store.location for store in today]
        longest = trucks[0].max_minutes
        days.append({
            "travel": np.rint(FINE * problem.travel.cost[np.ix_(at, at)]).astype(int).tolist(),
            "exact": problem.travel.cost[np.ix_(at, at)].tolist(),
            "demand": [0] + [round(store.demand) for store in today],
            "service": [0] + [round(FINE * store.minutes) for store in today],
            "trucks": len(trucks),
            "capacity": round(min(trucks[0].capacity, 1e6)),
            "longest": None if longest == float("inf") else int(FINE * longest),
        })  # fmt: skip
    return days


def cost_by(router: str, days: list[dict[str, Any]], seconds: float) -> float | None:
    """Travel of all days by a router of the shelf, or None when some day has no answer or breaks a limit."""
    asked = {"seconds": seconds / len(days), "days": [{**day, "exact": None} for day in days]}
    paths = [str(COMPARISON)] if router == "ortools" else []
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "bench" / f"_per_day_{router}.py")],
        input=json.dumps(asked), capture_output=True, text=True, timeout=60 + 20 * seconds, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )  # fmt: skip
    total = 0.0
    for day, routes in zip(days, json.loads(done.stdout), strict=True):
        if routes is None or sorted(stop for stops in routes for stop in stops) != list(
            range(1, len(day["demand"]))
        ):
            return None
        for stops in routes:
            if sum(day["demand"][stop] for stop in stops) > day["capacity"]:
                return None
            path = [0, *stops, 0]
            total += sum(day["exact"][a][b] for a, b in pairwise(path))
    return total


def measure(wanted: Wanted) -> Iterator[Figure]:
    if not wanted(NAMES[0]):
        return
    if not DATA.exists():
        print(f"{NAMES[0]}: the published instances are absent", file=sys.stderr)
        return
    compile_kernels()
    routers = ["pyvrp"] + (["ortools"] if COMPARISON.is_dir() else [])
    if len(routers) == 1:
        print("OR-Tools takes no part: `make comparison` installs it", file=sys.stderr)
    known = read_best_known(DATA)
    gaps: dict[str, dict[str, float | None]] = {}
    for name in SAMPLE:
        problem = read_pvrp(DATA / name)
        days = days_of(problem)
        costs = {router: cost_by(router, days, SECONDS) for router in routers}
        costs["this planner"] = solve(problem, Stop(seconds=SECONDS, clock=time.process_time), 1).cost
        gaps[name] = {
            who: None if cost is None else round(100.0 * (cost / known[name] - 1.0), 2)
            for who, cost in costs.items()
        }
        print(f"{name}: {gaps[name]}", file=sys.stderr)
    detail = {"seconds_each": SECONDS, "days": "fixed and balanced for the routers", "gaps": gaps}
    found = [gap for each in gaps.values() if (gap := each["pyvrp"]) is not None]
    yield Figure(NAMES[0], float(np.mean(found)), "percent", detail)
