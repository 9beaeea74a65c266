"""Published instances in a folder: cost, gap to best known, feasibility."""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
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
from routes_planner.stopping import Clock, OnProgress, Progress, Stop
from routes_planner.territory.check import check as check_territory
from routes_planner.territory.solve import NoDivision
from routes_planner.territory.solve import solve as solve_territory

Answer = tuple[dict[str, object], list[str]]
Outcome = tuple[float, bool, float | None]
Run = Callable[[Path, Stop, int, OnProgress | None], Outcome]
AT_BEST = 0.0051  # best known costs are written with two decimals


class Marks:
    """The best cost at some moments of a search: its course does not depend on when it ends, so one run tells all."""

    def __init__(self, seconds: Sequence[float]) -> None:
        self.seconds = seconds
        self.cost: dict[float, float] = {}

    def note(self, progress: Progress) -> None:
        for mark in self.seconds:
            if progress.seconds <= mark and not progress.absent:
                self.cost[mark] = progress.cost

    def gaps(self, known: float | None) -> dict[str, float | None]:
        """Gap at each mark; None where no plan served every store by then, or nothing is known."""
        return {
            f"gap_{mark:g}s": round(100.0 * (self.cost[mark] / known - 1.0), 4)
            if known and mark in self.cost
            else None
            for mark in self.seconds
        }


def read_best_known(folder: Path) -> dict[str, float]:
    """Instance → best known cost, from `bks.csv` where there is one."""
    path = folder / "bks.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["instance"]: float(row["bks"]) for row in csv.DictReader(file)}


def run_sequence(path: Path, stop: Stop, seed: int, tell: OnProgress | None) -> Outcome:
    problem = read_tsptw(path)
    plan = solve_sequence(problem, stop, seed, on_progress=tell)
    return plan.cost, not plan.unserved and not check_sequence(problem, plan), None


def run_calendar(path: Path, stop: Stop, seed: int, tell: OnProgress | None) -> Outcome:
    problem = read_pvrp(path)
    plan = solve_calendar(problem, stop, seed, on_progress=tell)
    return plan.cost, not plan.unserved and not check_calendar(problem, plan), None


def run_territory(path: Path, stop: Stop, seed: int, tell: OnProgress | None) -> Outcome:
    problem = read_two_du(path)
    try:
        plan = solve_territory(problem, stop, seed, on_progress=tell)
    except NoDivision:
        return float("nan"), False, None
    return plan.cost, not check_territory(problem, plan), plan.bound


RUNS: dict[str, Run] = {"sequence": run_sequence, "calendar": run_calendar, "territory": run_territory}


@dataclass(frozen=True)
class Terms:
    """How instances are measured. marks: seconds at which the gap is told as well; until_best: stop where the best
    known cost is reached."""

    question: str
    seconds: float
    seed: int = 1
    clock: Clock = time.monotonic
    marks: Sequence[float] = ()
    until_best: bool = False


def bench_row(path: Path, known: float | None, terms: Terms) -> dict[str, object]:
    """One instance. Gap in percent to best known, or to the proven bound for territories, or None."""
    target = known + AT_BEST if terms.until_best and known is not None else -inf
    passed = Marks(terms.marks)
    begun = terms.clock()
    stop = Stop(seconds=terms.seconds, target=target, clock=terms.clock)
    cost, feasible, bound = RUNS[terms.question](path, stop, terms.seed, passed.note)
    known = bound if known is None else known
    gap = None if known is None or cost != cost else 100.0 * (cost / known - 1.0)
    return {
        "instance": path.name,
        "cost": None if cost != cost else round(cost, 4),
        "bks": known,
        "gap": None if gap is None else round(gap, 4),
        "feasible": feasible,
        "seconds": round(terms.clock() - begun, 2),
        **passed.gaps(known),
    }


def bench_rows(
    folder: Path, terms: Terms, only: set[str] | None = None, tell: Callable[[str], None] | None = None
) -> list[dict[str, object]]:
    """One row an instance of the folder, or of those named in `only`."""
    best = read_best_known(folder)
    rows: list[dict[str, object]] = []
    for path in sorted(folder.iterdir()):
        named = not only or path.name in only or path.stem in only
        if path.name == "bks.csv" or not path.is_file() or not named:
            continue
        try:
            rows.append(bench_row(path, best.get(path.name, best.get(path.stem)), terms))
        except FormatError as error:
            if tell is not None:
                tell(f"left out: {error}")
            continue
        if tell is not None:
            tell(", ".join(f"{value}" for value in rows[-1].values()))
    return rows


def summary(rows: list[dict[str, object]]) -> dict[str, float | None]:
    """mean_gap, worst_gap (percent, over instances that have a gap), feasible_share, and the mean gap at each mark."""
    gaps = [float(str(row["gap"])) for row in rows if row["gap"] is not None]
    feasible = [bool(row["feasible"]) for row in rows]
    marks = [name for row in rows[:1] for name in row if name.startswith("gap_")]
    passed = {name: [float(str(row[name])) for row in rows if row[name] is not None] for name in marks}
    return {
        "mean_gap": round(sum(gaps) / len(gaps), 4) if gaps else None,
        "worst_gap": round(max(gaps), 4) if gaps else None,
        "feasible_share": round(sum(feasible) / len(feasible), 4) if feasible else None,
        **{f"mean_{name}": round(sum(at) / len(at), 4) for name, at in passed.items() if at},
    }


def run_bench(given: argparse.Namespace) -> Answer:
    """Kernels are compiled first: the limit is for the search."""
    compile_kernels()
    clock = time.process_time if given.cpu else time.monotonic
    only = set(given.only.split(",")) if given.only else None
    tell: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True)  # noqa: E731
    marks = [float(mark) for mark in given.marks.split(",")] if given.marks else []
    terms = Terms(given.question, given.seconds, given.seed, clock, marks, given.until_best)
    rows = bench_rows(given.dir, terms, only, tell)
    told = summary(rows)
    more = "".join(f", gap_{mark:g}s" for mark in marks)
    lines = [f"instance, cost, bks, gap, feasible, seconds{more}"]
    lines += [", ".join("" if value is None else str(value) for value in row.values()) for row in rows]
    lines += [f"{name}, {value}" for name, value in told.items()]
    return {"instances": rows, **told}, lines
