"""Opening hours as the kernels read them: one set of windows a store and cell, equal sets shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routes_planner.calendar.kernel_arrays import Floats, Ints
from routes_planner.calendar.problem import CalendarProblem, Store

FAR = 1e9  # stands for "no limit" in minutes: large, yet safe to add and subtract
PricedWindow = tuple[float, float, float]


@dataclass(frozen=True)
class Hours:
    """hours_of[i, cell] names a set; its windows are windows_from[set]…windows_from[set + 1]."""

    hours_of: Ints
    windows_from: Ints
    opens: Floats
    closes: Floats
    price: Floats


def priced_windows(problem: CalendarProblem, store: Store, day: int) -> tuple[PricedWindow, ...]:
    """(opens, closes, price) of every window in which service may start, late bands after the last one included."""
    windows = store.windows_on(day)
    if not windows:
        return ((-FAR, FAR, 0.0),)
    less = store.minutes if problem.finish_inside else 0.0
    usable = sorted((max(a, -FAR), min(b - less, FAR), 0.0) for a, b in windows if b - less >= a)
    if usable and problem.late_bands:
        closing = usable[-1][1]
        edge = closing
        for late, price in problem.late_bands:
            usable.append((edge, closing + late, price))
            edge = closing + late
    return tuple(usable)


def hours_of(problem: CalendarProblem, stores: Sequence[Store], days: Sequence[int]) -> Hours:
    """The window sets of these stores on the days of the cells."""
    numbers = np.zeros((len(stores), len(days)), dtype=np.int32)
    known: dict[tuple[PricedWindow, ...], int] = {}
    windows_from = [0]
    flat: list[PricedWindow] = []
    for i, store in enumerate(stores):
        for cell, day in enumerate(days):
            windows = priced_windows(problem, store, day)
            if windows not in known:
                known[windows] = len(known)
                flat.extend(windows)
                windows_from.append(len(flat))
            numbers[i, cell] = known[windows]
    table = np.array(flat, dtype=np.float64).reshape(-1, 3)
    columns = [np.ascontiguousarray(table[:, column]) for column in range(3)]
    return Hours(numbers, np.array(windows_from, dtype=np.int32), columns[0], columns[1], columns[2])
