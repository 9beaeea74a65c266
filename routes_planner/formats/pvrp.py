"""Cordeau's files of periodic vehicle routing problems, with (type 5) and without (type 1) time windows.

First line `type m n t`; t lines `D Q`; then the depot and n customers `i x y d q f a list… [e l]`. A day combination
is the decimal value of a t-bit string, first day leftmost. Source: Cordeau, Gendreau and Laporte (1997).
"""

from __future__ import annotations

from math import inf
from pathlib import Path

import numpy as np

from routes_planner.calendar.problem import CalendarProblem, Pattern, Shift, Store
from routes_planner.errors import FormatError
from routes_planner.travel.table import plane_table

PVRP, PVRPTW = 1, 5


def days_of(code: int, days: int) -> Pattern:
    """The days whose bit is set, first day leftmost."""
    return tuple(day for day in range(days) if code >> (days - 1 - day) & 1)


def _numbers(path: Path) -> list[tuple[int, list[float]]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                rows.append((number, [float(word) for word in line.split()]))
            except ValueError as error:
                raise FormatError(path.name, number, "expected numbers only") from error
    if not rows:
        raise FormatError(path.name, 1, "the file is empty")
    return rows


def _customer(name: str, row: tuple[int, list[float]], location: int, days: int, timed: bool) -> Store | None:
    number, values = row
    if len(values) < 7 or len(values) < 7 + int(values[6]) + (2 if timed else 0):
        raise FormatError(name, number, "too few columns for a customer")
    frequency, choices = int(values[5]), int(values[6])
    if frequency == 0:
        return None
    patterns = tuple(days_of(int(code), days) for code in values[7 : 7 + choices])
    windows = ((values[-2], values[-1]),) if timed else ()
    return Store(
        str(int(values[0])), location, patterns, minutes=values[3], demand=values[4], windows=windows
    )


def read_pvrp(path: Path, timed: bool | None = None) -> CalendarProblem:
    """Read an instance. timed: expect time windows; None = as the type on line 1 says."""
    rows = _numbers(path)
    line, head = rows[0]
    if len(head) < 4:
        raise FormatError(path.name, line, "expected `type m n t`")
    kind, trucks, customers, days = (int(v) for v in head[:4])
    if kind not in (PVRP, PVRPTW) or (timed is not None and timed != (kind == PVRPTW)):
        raise FormatError(path.name, line, f"type {kind} is not the kind of problem expected here")
    if len(rows) < 1 + days + 1 + customers:
        raise FormatError(path.name, rows[-1][0], f"{customers} customers were announced, fewer are there")
    limits = [row for _, row in rows[1 : 1 + days]]
    body = rows[1 + days : 2 + days + customers]
    places = np.array([row[1:3] for _, row in body])
    stores = [_customer(path.name, row, at, days, kind == PVRPTW) for at, row in enumerate(body) if at > 0]
    depot = body[0][1]
    opens, closes = (depot[-2], depot[-1]) if kind == PVRPTW else (0.0, inf)
    shifts = tuple(
        Shift(f"truck {truck + 1}", day, 0, 0, opens, closes, max_minutes=limit or inf, capacity=capacity)
        for day, (limit, capacity, *_) in enumerate(limits)
        for truck in range(trucks)
    )
    served = tuple(store for store in stores if store is not None)
    return CalendarProblem(
        path.stem, days, served, shifts, plane_table(places), same_rep=False, days_a_week=days
    )
