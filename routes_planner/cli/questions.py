"""The four questions, one file each time."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, cast

from routes_planner.breach import Breach
from routes_planner.calendar.check import check as check_calendar
from routes_planner.calendar.explain import explain
from routes_planner.calendar.problem import CalendarProblem
from routes_planner.calendar.solve import solve as solve_calendar
from routes_planner.cli.maps import calendar_map, sequence_map, territory_map
from routes_planner.formats.json_values import write
from routes_planner.formats.problems import read_problem
from routes_planner.formats.pvrp import read_pvrp
from routes_planner.formats.tsptw import read_tsptw
from routes_planner.formats.two_du import read_two_du
from routes_planner.reassign.check import check as check_proposal
from routes_planner.reassign.problem import ReassignProblem
from routes_planner.reassign.solve import solve as solve_reassign
from routes_planner.sequence.check import check as check_sequence
from routes_planner.sequence.problem import SequenceProblem
from routes_planner.sequence.solve import solve as solve_sequence
from routes_planner.stopping import OnProgress, Progress, Stop
from routes_planner.territory.check import check as check_territory
from routes_planner.territory.problem import TerritoryProblem
from routes_planner.territory.solve import solve as solve_territory

Answer = tuple[dict[str, object], list[str]]

QUESTIONS = {
    "sequence": "the order of one day's stops",
    "calendar": "visit days and daily orders for a cycle",
    "territory": "stores divided among reps",
    "reassign": "who takes a leaver's stores",
}
USUAL = {"sequence": "tsptw", "calendar": "pvrp", "territory": "2du", "reassign": "json"}
FITS = {
    "sequence": ("tsptw", "json"),
    "calendar": ("pvrp", "pvrptw", "json"),
    "territory": ("2du", "json"),
    "reassign": ("json",),
}


def on_stderr(every: float = 1.0) -> OnProgress:
    """A line on stderr about once in `every` seconds."""
    last = -every

    def tell(progress: Progress) -> None:
        nonlocal last
        if progress.seconds - last >= every:
            last = progress.seconds
            absent = f", {progress.absent} unserved" if progress.absent else ""
            print(f"{progress.seconds:7.1f} s  {progress.cost:.2f}{absent}", file=sys.stderr)

    return tell


def _format(given: argparse.Namespace) -> str:
    """As told; .json files are JSON; otherwise what the question's files usually are."""
    chosen = given.format or ("json" if given.file.suffix == ".json" else USUAL[given.command])
    if chosen not in FITS[given.command]:
        raise SystemExit(f"{given.command}: files of format {chosen} ask another question")
    return str(chosen)


def _is_timed(path: Path) -> bool:
    words = path.read_text(encoding="utf-8").split(maxsplit=1)
    return bool(words) and words[0] == "5"


def run_question(given: argparse.Namespace) -> Answer:
    """Read, solve, check, draw."""
    runners = {
        "sequence": _sequence,
        "calendar": _calendar,
        "territory": _territory,
        "reassign": _reassign,
    }
    return runners[given.command](given, _format(given))


def _answer(plan: object, breaches: tuple[Breach, ...], **more: object) -> dict[str, object]:
    made = cast(dict[str, object], write(plan))
    return {**made, **more, "feasible": not breaches, "breaches": [str(b) for b in breaches]}


def _draw(given: argparse.Namespace, page: str) -> None:
    if given.map is not None:
        given.map.write_text(page, encoding="utf-8")


def _sequence(given: argparse.Namespace, chosen: str) -> Answer:
    problem = read_tsptw(given.file) if chosen == "tsptw" else read_problem(SequenceProblem, given.file)
    plan = solve_sequence(problem, Stop(seconds=given.seconds), given.seed, on_progress=on_stderr())
    breaches = check_sequence(problem, plan)
    if given.map is not None:
        _draw(given, sequence_map(problem, plan))
    lines = [f"cost {plan.cost:.2f}, late {plan.late:.1f} minutes, {plan.leaves:.1f}–{plan.returns:.1f}"]
    lines += [f"{n:3d}. {call.stop} at {call.start:.1f}" for n, call in enumerate(plan.calls, start=1)]
    lines += [f"unserved {entry.store}: {entry.reason}" for entry in plan.unserved] + [
        str(b) for b in breaches
    ]
    feasible = not plan.unserved
    return {**_answer(plan, breaches), "feasible": feasible and not breaches}, lines


def _calendar(given: argparse.Namespace, chosen: str) -> Answer:
    if chosen == "json":
        problem = read_problem(CalendarProblem, given.file)
    else:
        problem = read_pvrp(given.file, _is_timed(given.file) if given.format is None else chosen == "pvrptw")
    plan = solve_calendar(problem, Stop(seconds=given.seconds), given.seed, on_progress=on_stderr())
    breaches = check_calendar(problem, plan)
    if given.map is not None:
        _draw(given, calendar_map(problem, plan))
    faults = explain(problem) if plan.unserved else ()
    lines = [f"cost {plan.cost:.2f}, {len(plan.routes)} routes, {len(plan.unserved)} stores unserved"]
    for route in plan.routes:
        lines.append(
            f"day {route.day + 1} {route.rep}: {' '.join(v.store for v in route.visits)} ({route.cost:.1f})"
        )
    lines += [f"unserved {entry.store}: {entry.reason}" for entry in plan.unserved]
    lines += [*faults, *(str(b) for b in breaches)]
    answer = _answer(plan, breaches, faults=list(faults))
    return {**answer, "feasible": not breaches and not plan.unserved}, lines


def _territory(given: argparse.Namespace, chosen: str) -> Answer:
    problem = read_two_du(given.file) if chosen == "2du" else read_problem(TerritoryProblem, given.file)
    plan = solve_territory(problem, Stop(seconds=given.seconds), given.seed, on_progress=on_stderr())
    breaches = check_territory(problem, plan)
    if given.map is not None:
        _draw(given, territory_map(problem, plan))
    lines = [f"cost {plan.cost:.2f}, bound {plan.bound:.2f} for these centres, gap {100 * plan.gap:.2f} %"]
    lines += [str(b) for b in breaches]
    return _answer(plan, breaches, gap=plan.gap), lines


def _reassign(given: argparse.Namespace, chosen: str) -> Answer:
    problem = read_problem(ReassignProblem, given.file)
    plan = solve_reassign(
        problem, Stop(seconds=given.seconds), given.seed, proposals=3, on_progress=on_stderr(0.0)
    )
    proposals: list[Any] = []
    lines = []
    for number, proposal in enumerate(plan.proposals, start=1):
        breaches = check_proposal(problem, proposal)
        proposals.append(_answer(proposal, breaches, gap=proposal.gap))
        lines.append(
            f"proposal {number}: cost {proposal.cost:.1f}, at most {100 * proposal.gap:.2f} % above the least"
        )
        lines += [f"  {t.store}: {t.giver} → {t.receiver}" for t in proposal.transfers]
        lines += [str(b) for b in breaches]
    if given.map is not None:
        raise SystemExit("reassign: --map is not drawn for proposals; use their JSON")
    return json.loads(json.dumps({"proposals": proposals, "format": chosen})), lines
