"""From a store list to a whole plan and its map."""

from __future__ import annotations

import argparse
import sys
from typing import cast

from routes_planner.calendar.check import check
from routes_planner.calendar.journey import JourneyTerms
from routes_planner.cli.maps import AS_THE_CROW_FLIES, day_name, national_map
from routes_planner.cli.warm import compile_kernels
from routes_planner.errors import ProblemError
from routes_planner.formats.json_values import write
from routes_planner.formats.outlets_csv import read_outlets
from routes_planner.national import NationalPlan, RepPlan, plan_outlets
from routes_planner.travel.estimate import Estimate
from routes_planner.travel.roads import RoadService, TravelProvider

Answer = tuple[dict[str, object], list[str]]


def provider_of(setting: str | None) -> TravelProvider:
    """The travel provider that `--roads` names; none = estimates."""
    if setting is None:
        return Estimate()
    kind, _, address = setting.partition("=")
    if kind == "osrm":
        return RoadService("osrm", address)
    if kind == "valhalla":
        return RoadService("valhalla", address)
    raise ProblemError("roads", "known", "must be osrm=ADDRESS or valhalla=ADDRESS")


def run_plan(given: argparse.Namespace) -> Answer:
    """Every rep gets `--seconds` of search; the map says whether roads or estimates were used."""
    outlets = read_outlets(given.outlets, given.frequency, given.minutes)
    compile_kernels()
    terms = JourneyTerms(weeks=given.weeks)
    made = plan_outlets(
        outlets,
        given.reps,
        terms,
        given.seconds,
        given.seed,
        given.workers,
        provider_of(given.roads),
        lambda line: print(line, file=sys.stderr, flush=True),
    )
    sources = dict.fromkeys(rep.problem.travel.source for rep in made.reps)
    estimated = given.roads is None or any(rep.problem.travel.fell_back for rep in made.reps)
    notes = [f"{len(outlets)} outlets, {given.reps} reps, {given.weeks} weeks; minutes: {'; '.join(sources)}"]
    if estimated:
        notes.append(AS_THE_CROW_FLIES)
    if given.map is not None:
        given.map.write_text(national_map(given.outlets.stem, made, notes), encoding="utf-8")
    return _answer(made, notes), [*notes, *(_line(rep) for rep in made.reps)]


def _line(rep: RepPlan) -> str:
    calls = [len(route.visits) for route in rep.plan.routes]
    span = f"{min(calls)}–{max(calls)}" if calls else "0"
    longest = max((route.returns - route.leaves for route in rep.plan.routes), default=0.0)
    return (
        f"{rep.rep}: {len(rep.outlets)} outlets, {span} calls a day, longest day {longest:.0f} minutes, "
        f"travel {rep.plan.cost:.0f} minutes a cycle, {len(rep.plan.unserved)} unserved"
    )


def _answer(made: NationalPlan, notes: list[str]) -> dict[str, object]:
    reps = []
    for rep in made.reps:
        breaches = check(rep.problem, rep.plan)
        plan = cast(dict[str, object], write(rep.plan))
        days = [day_name(route.day, rep.problem.days_a_week) for route in rep.plan.routes]
        outlets = [made.outlets[i].id for i in rep.outlets]
        told = {"rep": rep.rep, "outlets": outlets, "day_names": days, "breaches": [str(b) for b in breaches]}
        reps.append({**told, **plan})
    return {
        "notes": notes,
        "territory_gap": made.territories.gap,
        "feasible": all(not entry["breaches"] and not entry["unserved"] for entry in reps),
        "reps": reps,
    }
