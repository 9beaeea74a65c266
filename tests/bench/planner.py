"""Figures of the planner: short forms of the tables in docs/planner.md.

Searches are given processor seconds, not wall-clock ones, so that a busy machine does not change what they find.
Published instances lie in ../shared/data; where they are absent, instances of the same kind are not made up: the
figure is left out and stderr says why.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from routes_planner.bench.generate import departure, division, journey
from routes_planner.bench.practice import calls_spread, plan_of, zone_patterns
from routes_planner.calendar.check import check as check_calendar
from routes_planner.calendar.insert import Inserter
from routes_planner.calendar.journey import JOURNEY, JourneyTerms, journey_problem
from routes_planner.calendar.plan import DayRoute
from routes_planner.calendar.problem import Store
from routes_planner.calendar.solve import solve as solve_calendar
from routes_planner.cli.bench import Terms, bench_rows, summary
from routes_planner.cli.warm import compile_kernels
from routes_planner.national import solve_many
from routes_planner.reassign.check import check as check_proposal
from routes_planner.reassign.solve import solve as solve_reassign
from routes_planner.stopping import Stop
from routes_planner.territory.check import check as check_territory
from routes_planner.territory.solve import solve as solve_territory
from routes_planner.travel.geodesic import geodesic_metres
from routes_planner.travel.table import TravelTable
from tests.bench.figure import Figure, Wanted

DATA = Path(__file__).parents[3] / "shared" / "data"
PVRP_SAMPLE = {"p02", "p05", "p08", "p10", "p13", "pr01", "pr03", "pr07"}


def pvrp_gap() -> Iterator[Figure]:
    if not (DATA / "pvrp").exists():
        print("planner.pvrp_gap_20s: the published instances are absent", file=sys.stderr)
        return
    rows = bench_rows(
        DATA / "pvrp", Terms("calendar", 20.0, clock=time.process_time, until_best=True), PVRP_SAMPLE
    )
    told = summary(rows)
    detail = {**told, "instances": len(rows), "gaps": {str(r["instance"]): r["gap"] for r in rows}}
    yield Figure("planner.pvrp_gap_20s", float(told["mean_gap"] or 0.0), "percent", detail)


def tsptw_gap() -> Iterator[Figure]:
    if not (DATA / "tsptw").exists():
        print("planner.tsptw_gap_500ms: the published instances are absent", file=sys.stderr)
        return
    only = {path.name for path in (DATA / "tsptw").glob("*n40*")}
    rows = bench_rows(DATA / "tsptw", Terms("sequence", 0.5, clock=time.process_time), only)
    told = summary(rows)
    at_best = sum(abs(float(str(row["gap"]))) < 2e-3 for row in rows) / len(rows)
    detail = {**told, "instances": len(rows), "share_at_best_known": round(at_best, 4)}
    yield Figure("planner.tsptw_gap_500ms", float(told["mean_gap"] or 0.0), "percent", detail)


def calendar_saving() -> Iterator[Figure]:
    savings, spreads, broken = [], [], 0
    for seed in (1, 2, 3):
        problem = journey(seed)
        practice = plan_of(problem, zone_patterns(problem))
        plan = solve_calendar(problem, Stop(seconds=30.0, clock=time.process_time), 1, JOURNEY)
        savings.append(100.0 * (1.0 - plan.cost / practice.cost))
        spreads.append(calls_spread(plan, problem.days))
        broken += len(check_calendar(problem, plan)) + len(plan.unserved)
    detail = {
        "each": [round(s, 1) for s in savings],
        "calls_off_even": round(max(spreads), 2),
        "broken": broken,
    }
    yield Figure("planner.calendar_saving", float(np.mean(savings)), "percent", detail)


def reassign_gap() -> Iterator[Figure]:
    gaps, first, broken = [], [], 0
    for seed in (1, 2, 3):
        problem = departure(seed, 0.1, cascade=True)
        begun = time.monotonic()
        plan = solve_reassign(problem, Stop(seconds=5.0), gap=0.01)
        gaps.append(100.0 * plan.proposals[0].gap)
        first.append(time.monotonic() - begun)
        broken += len(check_proposal(problem, plan.proposals[0]))
    detail = {"each": [round(g, 3) for g in gaps], "seconds": [round(s, 2) for s in first], "broken": broken}
    yield Figure("planner.reassign_gap_5s", float(np.mean(gaps)), "percent", detail)


def territory_gap() -> Iterator[Figure]:
    gaps, seconds, broken = [], [], 0
    for seed in (1, 2):
        problem = division(2000, 50, seed)
        plan = solve_territory(problem, Stop(seconds=30.0))
        gaps.append(100.0 * plan.gap)
        seconds.append(plan.seconds)
        broken += len(check_territory(problem, plan))
    detail = {
        "each": [round(g, 3) for g in gaps],
        "seconds": [round(s, 1) for s in seconds],
        "broken": broken,
    }
    yield Figure("planner.territory_gap_30s", float(np.mean(gaps)), "percent", detail)


def insert_ms() -> Iterator[Figure]:
    """Ten reps, four weeks, about 4,000 visits; a hundred new stores, processor time of each."""
    rng = np.random.default_rng(5)
    places = rng.uniform(0.0, 20_000.0, (1000 + 100 + 10, 2))
    metres = np.linalg.norm(places[:, None] - places[None], axis=2)
    table = TravelTable(metres / 400.0, metres / 400.0, places=places)
    homes = places[1100:]
    holder = np.linalg.norm(places[:1000, None] - homes[None], axis=2).argmin(axis=1)
    stores, shifts = [], []
    routes: list[DayRoute] = []
    for rep in range(10):
        own = np.flatnonzero(holder == rep)
        part = TravelTable(*(2 * (table.minutes[np.ix_([*own, 1100 + rep], [*own, 1100 + rep])],)))
        ids = [f"s{i}" for i in own]
        one = journey_problem(
            "part", ids, ["1/week"] * len(own), [8.0] * len(own), part, len(own), JourneyTerms(), f"r{rep}"
        )
        plan = solve_calendar(one, Stop(steps=300), 1, JOURNEY)
        routes += plan.routes
        for store in one.stores:
            stores.append(
                Store(store.id, int(store.id[1:]), store.patterns, store.minutes, reps=(f"r{rep}",))
            )
        shifts += [
            type(s)(s.rep, s.day, 1100 + rep, 1100 + rep, s.opens, s.closes, s.max_minutes)
            for s in one.shifts
        ]
    whole = type(one)("ten reps", 20, tuple(stores), tuple(shifts), table)
    inserter = Inserter(whole, type(plan)(tuple(routes), (), 0.0, 0.0))
    taken = []
    for i in range(1000, 1100):
        newcomer = Store(f"n{i}", i, stores[0].patterns, 10.0)
        begun = time.process_time()
        inserter.cheapest(newcomer)
        taken.append(1000.0 * (time.process_time() - begun))
    visit_count = sum(len(route.visits) for route in routes)
    detail = {"visits": visit_count, "asked": 100, "median": round(float(np.median(taken)), 2)}
    yield Figure("planner.insert_ms_p95", float(np.quantile(taken, 0.95)), "ms", detail)


def processor_seconds() -> float:
    """Of this process and of its children that have ended."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def scaling() -> Iterator[Figure]:
    """Eight reps' calendars by one worker process and by two: how much quicker two are, of 2.0 at best.

    Where two cores are not free the clock shows what the machine was doing; the processor seconds beside it show what
    two workers cost more than one, whatever else runs.
    """
    problems = [journey(seed) for seed in range(8)]
    seconds, spent = {}, {}
    for workers in (1, 2):
        begun, before = time.monotonic(), processor_seconds()
        solve_many(problems, workers, 1, steps=60_000)
        seconds[workers] = time.monotonic() - begun
        spent[workers] = processor_seconds() - before
    hours = 10_000 * 30.0 / 3600.0
    detail = {
        "seconds": {str(w): round(s, 1) for w, s in seconds.items()},
        "processor_seconds": {str(w): round(s, 1) for w, s in spent.items()},
        "core_hours_for_10000_reps_at_30s": round(hours, 1),
        "note": "near 2 only where two cores are free",
    }
    yield Figure("planner.scaling_2_workers", seconds[1] / seconds[2], "times", detail)


def geodesic_s() -> Iterator[Figure]:
    """Distances between all pairs of a thousand places, in processor seconds; the best of three."""
    rng = np.random.default_rng(2)
    places = np.column_stack([rng.uniform(113.0, 115.0, 1000), rng.uniform(22.0, 24.0, 1000)])
    taken = []
    for _ in range(3):
        begun = time.process_time()
        geodesic_metres(places, places)
        taken.append(time.process_time() - begun)
    yield Figure("planner.geodesic_1000_s", min(taken), "s", {"each": [round(one, 2) for one in taken]})


BENCHES: dict[str, Callable[[], Iterator[Figure]]] = {
    "planner.pvrp_gap_20s": pvrp_gap,
    "planner.tsptw_gap_500ms": tsptw_gap,
    "planner.calendar_saving": calendar_saving,
    "planner.reassign_gap_5s": reassign_gap,
    "planner.territory_gap_30s": territory_gap,
    "planner.insert_ms_p95": insert_ms,
    "planner.scaling_2_workers": scaling,
    "planner.geodesic_1000_s": geodesic_s,
}
NAMES: tuple[str, ...] = tuple(BENCHES)


def measure(wanted: Wanted) -> Iterator[Figure]:
    """Kernels are compiled before any clock runs."""
    compile_kernels()
    for name, run in BENCHES.items():
        if wanted(name):
            yield from run()
