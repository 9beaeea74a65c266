"""Published instances in a folder: cost, gap to best known, feasibility."""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Callable
from pathlib import Path

from routes_planner.calendar.check import check as check_calendar
from routes_planner.calendar.solve import solve as solve_calendar
from routes_planner.cli.warm import compile_kernels
from routes_planner.errors import FormatError
from routes_planner.formats.pvrp import read_pvrp
from routes_planner.formats.tsptw import read_tsptw
from routes_planner.formats.two_du import read_two_du
from routes_planner.sequence.check import check as check_sequence
from routes_planner.sequence.solve import solve as solve_sequence
from routes_planner.stopping import Stop
from routes_planner.territory.check import check as check_territory
from routes_planner.territory.solve import NoDivision
from routes_planner.territory.solve import solve as solve_territory

Answer = tuple[dict[str, object], list[str]]
Run = Callable[[Path, Stop, int], tuple[float, bool, float | None]]


def read_best_known(folder: Path) -> dict[str, float]:
    """Instance → best known cost, from `bks.csv` where there is one."""
    path = folder / "bks.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["instance"]: float(row["bks"]) for row in csv.DictReader(file)}


def run_sequence(path: Path, stop: Stop, seed: int) -> tuple[float, bool, float | None]:
    problem = read_tsptw(path)
    plan = solve_sequence(problem, stop, seed)
    return plan.cost, not plan.unserved and not check_sequence(problem, plan), None


def run_calendar(path: Path, stop: Stop, seed: int) -> tuple[float, bool, float | None]:
    problem = read_pvrp(path)
    plan = solve_calendar(problem, stop, seed)
    return plan.cost, not plan.unserved and not check_calendar(problem, plan), None


def run_territory(path: Path, stop: Stop, seed: int) -> tuple[float, bool, float | None]:
    problem = read_two_du(path)
    try:
        plan = solve_territory(problem, stop, seed)
    except NoDivision:
        return float("nan"), False, None
    return plan.cost, not check_territory(problem, plan), plan.bound


RUNS: dict[str, Run] = {"sequence": run_sequence, "calendar": run_calendar, "territory": run_territory}


def bench_rows(
    question: str,
    folder: Path,
    seconds: float,
    seed: int,
    only: set[str] | None = None,
    clock: Callable[[], float] = time.monotonic,
    tell: Callable[[str], None] | None = None,
) -> list[dict[str, object]]:
    """One row an instance. Gap in percent to best known, or to the proven bound for territories, or None."""
    best = read_best_known(folder)
    rows: list[dict[str, object]] = []
    for path in sorted(folder.iterdir()):
        if (
            path.name == "bks.csv"
            or not path.is_file()
            or (only and path.name not in only and path.stem not in only)
        ):
            continue
        begun = clock()
        try:
            cost, feasible, bound = RUNS[question](path, Stop(seconds=seconds, clock=clock), seed)
        except FormatError as error:
            if tell is not None:
                tell(f"left out: {error}")
            continue
        known = best.get(path.name, best.get(path.stem, bound))
        gap = None if known is None or cost != cost else 100.0 * (cost / known - 1.0)
        row: dict[str, object] = {
            "instance": path.name,
            "cost": None if cost != cost else round(cost, 4),
            "bks": known,
            "gap": None if gap is None else round(gap, 4),
            "feasible": feasible,
            "seconds": round(clock() - begun, 2),
        }
        rows.append(row)
        if tell is not None:
            tell(", ".join(f"{value}" for value in row.values()))
    return rows


def summary(rows: list[dict[str, object]]) -> dict[str, float | None]:
    """mean_gap, worst_gap (percent, over instances that have a gap) and feasible_share."""
    gaps = [float(str(row["gap"])) for row in rows if row["gap"] is not None]
    feasible = [bool(row["feasible"]) for row in rows]
    return {
        "mean_gap": round(sum(gaps) / len(gaps), 4) if gaps else None,
        "worst_gap": round(max(gaps), 4) if gaps else None,
        "feasible_share": round(sum(feasible) / len(feasible), 4) if feasible else None,
    }


def run_bench(given: argparse.Namespace) -> Answer:
    """Kernels are compiled first: the limit is for the search."""
    compile_kernels()
    clock = time.process_time if given.cpu else time.monotonic
    only = set(given.only.split(",")) if given.only else None
    tell: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
    rows = bench_rows(given.question, given.dir, given.seconds, given.seed, only, clock, tell)
    told = summary(rows)
    lines = ["instance, cost, bks, gap, feasible, seconds"]
    lines += [", ".join("" if value is None else str(value) for value in row.values()) for row in rows]
    lines += [f"{name}, {value}" for name, value in told.items()]
    return {"instances": rows, **told}, lines
