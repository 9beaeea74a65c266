"""Problems in the planner's own JSON, for each question, and the plans it answers with.

Every field is one of the problem's dataclass. Besides: `travel` may be `{"cost": …, "minutes": …}` tables, or
`{"places": [[longitude, latitude], …], "detour": 1.35, "kmh": 25}`, or `{"plane": [[x, y], …]}`; and a calendar's
store may have `frequency` (and `least_gap`) instead of `patterns`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

import numpy as np

from routes_planner.calendar.patterns import patterns_of
from routes_planner.calendar.problem import CalendarProblem
from routes_planner.errors import ProblemError
from routes_planner.formats.json_values import parse, read, write
from routes_planner.reassign.problem import ReassignProblem
from routes_planner.sequence.problem import SequenceProblem
from routes_planner.territory.problem import TerritoryProblem
from routes_planner.travel.estimate import Estimate
from routes_planner.travel.table import TravelTable, plane_table

P = TypeVar("P", CalendarProblem, SequenceProblem, TerritoryProblem, ReassignProblem)


def problem_from_json(kind: type[P], text: str) -> P:
    """A problem of this kind. Raises ProblemError, which names the field."""
    value = parse(text)
    if not isinstance(value, dict):
        raise ProblemError("file", "object", "must be an object")
    value = dict(value)
    if kind in (CalendarProblem, SequenceProblem):
        value["travel"] = _travel(value.get("travel"))
    if kind is CalendarProblem:
        _expand_frequencies(value)
    return read(kind, value)


def read_problem(kind: type[P], path: Path) -> P:
    """The same from a file."""
    return problem_from_json(kind, path.read_text(encoding="utf-8"))


def to_json(value: object) -> str:
    """A problem or a plan as JSON text that reads back as it was."""
    return json.dumps(write(value), ensure_ascii=False, allow_nan=False)


def _travel(value: object) -> object:
    """Tables from places where no tables are given."""
    if not isinstance(value, dict):
        raise ProblemError("travel", "required", "must be an object with cost and minutes, places, or plane")
    if "cost" in value:
        return value
    if "plane" in value:
        _only(value, {"plane"})
        return _written(plane_table(_places(value["plane"], "travel.plane")))
    if "places" in value:
        _only(value, {"places", "detour", "kmh", "stop_minutes"})
        settings = {name: entry for name, entry in value.items() if name != "places"}
        estimate = read(Estimate, settings, "travel")
        return _written(estimate.table(_places(value["places"], "travel.places")))
    raise ProblemError("travel", "required", "must have cost and minutes, places, or plane")


def _only(value: dict[str, object], known: set[str]) -> None:
    for name in value:
        if name not in known:
            raise ProblemError(f"travel.{name}", "unknown", "is not a known field")


def _places(value: object, path: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    try:
        return np.array(value, dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError) as error:
        raise ProblemError(path, "pairs", "must be a list of pairs of numbers") from error


def _written(table: TravelTable) -> dict[str, object]:
    return {"cost": table.cost, "minutes": table.minutes, "source": table.source, "places": table.places}


def _expand_frequencies(value: dict[str, object]) -> None:
    stores = value.get("stores")
    days, week = value.get("days"), value.get("days_a_week", 5)
    if not isinstance(stores, list) or not isinstance(days, int) or not isinstance(week, int) or week <= 0:
        return
    expanded = []
    for number, store in enumerate(stores):
        if isinstance(store, dict) and "frequency" in store and "patterns" not in store:
            store = dict(store)
            frequency, gap = store.pop("frequency"), store.pop("least_gap", None)
            try:
                found = patterns_of(str(frequency), days // week, week, gap if isinstance(gap, int) else None)
            except ProblemError as error:
                raise ProblemError(f"stores[{number}].{error.field}", error.rule, error.message) from error
            store["patterns"] = [list(pattern) for pattern in found]
        expanded.append(store)
    value["stores"] = expanded
