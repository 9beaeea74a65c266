"""Compile all kernels, timed and untimed, so that the first plan finds machine code on disk."""

from __future__ import annotations

import argparse
import time

import numpy as np

from routes_planner.calendar.kernel_search import cross
from routes_planner.calendar.params import CalendarParams
from routes_planner.calendar.problem import CalendarProblem, Shift, Store
from routes_planner.calendar.solve import Search
from routes_planner.calendar.state import empty_kept
from routes_planner.stopping import Stop
from routes_planner.travel.table import plane_table

Answer = tuple[dict[str, object], list[str]]


def compile_kernels() -> float:
    """Seconds that it took: about a minute from nothing, a second when the cache is warm."""
    begun = time.monotonic()
    places = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    stores = tuple(Store(f"s{i}", i, ((0,), (1,)), 1.0) for i in range(3))
    shifts = tuple(Shift("rep", day, 3, 3, 0.0, 100.0, 100.0) for day in range(2))
    problem = CalendarProblem("warm", 2, stores, shifts, plane_table(places), days_a_week=2)
    params = CalendarParams(elites=2, round_steps=10, child_steps=10, same_time_price=0.1)
    search = Search(problem, params, 1, None)
    search.run(Stop(steps=40))
    c = search.compiled
    cross(c.model, search.state, c.cell_of, empty_kept(c))  # so small a problem may never get to breed
    return time.monotonic() - begun


def run_warm(_: argparse.Namespace) -> Answer:
    seconds = compile_kernels()
    return {"seconds": seconds}, [f"kernels ready after {seconds:.1f} s"]
