"""What can be asked on the command line. `--json` prints one object on stdout; progress goes to stderr."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from routes_planner.cli.bench import run_bench
from routes_planner.cli.plan import run_plan
from routes_planner.cli.questions import QUESTIONS, run_question
from routes_planner.cli.warm import run_warm
from routes_planner.errors import PlannerError

FORMATS = ("pvrp", "pvrptw", "tsptw", "2du", "json")


def _common(parser: argparse.ArgumentParser, seconds: float) -> None:
    parser.add_argument("--seconds", type=float, default=seconds, help=f"time limit (default {seconds:g})")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same course (default 1)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def build_parser() -> argparse.ArgumentParser:
    """The arguments; they stay stable."""
    parser = argparse.ArgumentParser(
        prog="python -m routes_planner",
        description="Which day, which order, which territory, who takes over.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in QUESTIONS.items():
        question = commands.add_parser(name, help=what)
        question.add_argument("file", type=Path)
        question.add_argument(
            "--format", choices=FORMATS, help="default: what the question's files usually are"
        )
        question.add_argument("--map", type=Path, help="write a map to this file")
        _common(question, 10.0)
    bench = commands.add_parser("bench", help="solve a folder of published instances")
    bench.add_argument("question", choices=("sequence", "calendar", "territory"))
    bench.add_argument("dir", type=Path)
    bench.add_argument("--only", help="comma-separated names of instances")
    bench.add_argument(
        "--cpu", action="store_true", help="count processor seconds instead of wall-clock seconds"
    )
    bench.add_argument("--marks", help="comma-separated seconds at which gaps are told as well")
    bench.add_argument("--until-best", action="store_true", help="stop where the best known cost is reached")
    _common(bench, 10.0)
    plan = commands.add_parser("plan", help="from a store list to territories, calendars and daily sequences")
    plan.add_argument("--outlets", type=Path, required=True, help="CSV: name, longitude, latitude, …")
    plan.add_argument("--reps", type=int, required=True)
    plan.add_argument("--weeks", type=int, choices=(1, 2, 4), default=4)
    plan.add_argument("--frequency", default="1/week", help="where a row says none (default 1/week)")
    plan.add_argument("--minutes", type=float, default=12.0, help="a visit's minutes where a row says none")
    plan.add_argument("--workers", type=int, default=1, help="processes that plan reps side by side")
    plan.add_argument("--roads", help="osrm=ADDRESS or valhalla=ADDRESS of a table service")
    plan.add_argument("--map", type=Path, help="write a map to this file")
    _common(plan, 10.0)
    warm = commands.add_parser(
        "warm", help="compile the search kernels now, so that the first plan does not wait"
    )
    warm.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. 0 = done; 1 = the input is refused or has no answer, with the reason on stderr."""
    given = build_parser().parse_args(arguments)
    runners = {"bench": run_bench, "plan": run_plan, "warm": run_warm}
    try:
        answer, lines = runners.get(given.command, run_question)(given)
    except (PlannerError, OSError, UnicodeDecodeError) as error:
        print(f"{given.command}: {error}", file=sys.stderr)
        return 1
    if given.json:
        print(json.dumps(answer, ensure_ascii=False, allow_nan=False))
    else:
        print("\n".join(lines))
    return 0
