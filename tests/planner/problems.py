"""Small problems that the planner's tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from routes_planner.calendar.problem import Break, CalendarProblem, Shift, Store
from routes_planner.travel.table import plane_table

DATA = Path(__file__).parents[3] / "shared" / "data"


def grid_calendar(
    seed: int = 1,
    stores: int = 12,
    reps: int = 1,
    days: int = 4,
    timed: bool = False,
    breaks: tuple[Break, ...] = (),
    same_rep: bool = True,
    max_minutes: float = 300.0,
) -> CalendarProblem:
    """Stores in a square of 60 minutes, mixed frequencies, everyone starts in the middle."""
    rng = np.random.default_rng(seed)
    places = np.vstack([rng.integers(0, 60, (stores, 2)).astype(float), [[30.0, 30.0]]])
    made = []
    for i in range(stores):
        kind = int(rng.integers(3))
        patterns = [((0, 2), (1, 3)), tuple((d,) for d in range(4)), ((0, 1, 2, 3),)][
            kind if days == 4 else 1
        ]
        patterns = tuple(p for p in patterns if all(day < days for day in p))
        windows: tuple[tuple[float, float], ...] = ()
        if timed and rng.random() < 0.6:
            opens = float(rng.integers(480, 600))
            windows = ((opens, opens + 90.0), (opens + 150.0, opens + 260.0))
        made.append(
            Store(f"s{i}", i, patterns, float(rng.integers(2, 9)), float(rng.integers(1, 4)), windows)
        )
    shifts = tuple(
        Shift(f"r{rep}", day, stores, stores, 480.0, 480.0 + 600.0, max_minutes, 60.0, breaks=breaks)
        for rep in range(reps)
        for day in range(days)
    )
    return CalendarProblem(
        f"grid {seed}", days, tuple(made), shifts, plane_table(places), same_rep, days_a_week=days
    )
