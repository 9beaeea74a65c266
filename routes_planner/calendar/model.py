"""From a problem in words to the arrays that the kernels work on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routes_planner.calendar.hours import FAR, hours_of
from routes_planner.calendar.kernel_arrays import Floats, Ints, Model
from routes_planner.calendar.params import CalendarParams
from routes_planner.calendar.plan import CalendarPlan
from routes_planner.calendar.problem import CalendarProblem, Pattern, Shift, Store

NEAREST = 100  # neighbours kept a store: more than any step of the ruin walks


@dataclass(frozen=True)
class Choice:
    """What a pattern number of the model means: the days, and the rep when one rep serves all of them."""

    days: Pattern
    rep: str | None


@dataclass(frozen=True)
class Compiled:
    """A model with the dictionaries that lead back to names."""

    model: Model
    cell_of: Ints  # (routes,)
    stores: tuple[Store, ...]  # the stores whose days are free, in model order
    shifts: tuple[Shift, ...]  # in route order
    choices: tuple[Choice, ...]  # in pattern order
    room: int
    fixed: CalendarPlan | None  # the plan whose locked days are kept
    mean_leg: float


def fixed_days(problem: CalendarProblem, start: CalendarPlan | None) -> dict[str, set[tuple[int, str]]]:
    """Store → (day, rep) of its visits on locked days."""
    fixed: dict[str, set[tuple[int, str]]] = {}
    if start is not None:
        for route in start.routes:
            if route.day in problem.locked_days:
                for visit in route.visits:
                    fixed.setdefault(visit.store, set()).add((route.day, route.rep))
    return fixed


def allowed_patterns(problem: CalendarProblem, store: Store, fixed: set[tuple[int, str]]) -> list[Pattern]:
    """The patterns that locks leave to a store, without the days that are fixed anyway."""
    patterns = store.patterns
    if store.id in problem.locked_stores:
        patterns = (problem.locked_stores[store.id],)
    locked = set(problem.locked_days)
    kept_days = {day for day, _ in fixed}
    free = []
    for pattern in patterns:
        if set(pattern) & locked == kept_days:
            free.append(tuple(day for day in pattern if day not in locked))
    return list(dict.fromkeys(free))


def _change_price(pattern: Pattern, had: frozenset[int], price: float) -> float:
    return price * len(set(pattern) - had) if had else 0.0


class _Builder:
    """Collects the pieces of one model."""

    def __init__(self, problem: CalendarProblem, params: CalendarParams, start: CalendarPlan | None) -> None:
        self.problem = problem
        self.params = params
        self.start = start
        self.fixed = fixed_days(problem, start)
        self.shifts = self._sorted_shifts()
        self.cell_keys = list(dict.fromkeys(self._key(shift) for shift in self.shifts))
        self.cell_number = {key: number for number, key in enumerate(self.cell_keys)}
        self.stores: list[Store] = []
        self.choices: list[Choice] = []
        self.pattern_from = [0]
        self.pattern_price: list[float] = []
        self.cells_from = [0]
        self.cells: list[int] = []
        self.had = self._old_days()

    def _old_days(self) -> dict[str, frozenset[int]]:
        if self.start is None:
            return {}
        days: dict[str, set[int]] = {}
        for route in self.start.routes:
            for visit in route.visits:
                days.setdefault(visit.store, set()).add(route.day)
        return {store: frozenset(d) for store, d in days.items()}

    def _key(self, shift: Shift) -> tuple[str, int]:
        return (shift.rep if self.problem.same_rep else "", shift.day)

    def _terms(self, shift: Shift) -> tuple[object, ...]:
        end = -1 if shift.end is None else shift.end
        rep = shift.rep if any(store.reps for store in self.problem.stores) else ""
        limits = (
            rep,
            shift.opens,
            shift.closes,
            shift.max_minutes,
            shift.capacity,
            shift.max_calls,
            shift.breaks,
        )
        return (*self._key(shift), shift.start, end, *limits)

    def _sorted_shifts(self) -> list[Shift]:
        free = [s for s in self.problem.shifts if s.day not in self.problem.locked_days]
        return sorted(free, key=lambda s: (self._key(s), s.start, s.max_minutes, s.capacity, s.rep))

    def add_stores(self) -> None:
        for store in self.problem.stores:
            fixed = self.fixed.get(store.id, set())
            patterns = [p for p in allowed_patterns(self.problem, store, fixed) if p]
            if not patterns and fixed:
                continue  # all its visits are on locked days
            reps: list[str | None] = [None]
            if self.problem.same_rep:
                named = store.reps or tuple(dict.fromkeys(s.rep for s in self.problem.shifts))
                bound = {rep for _, rep in fixed}
                reps = [rep for rep in named if not bound or rep in bound]
            self.stores.append(store)
            for pattern in patterns:
                for rep in reps:
                    self._add_pattern(store, pattern, rep)
            self.pattern_from.append(len(self.choices))

    def _add_pattern(self, store: Store, pattern: Pattern, rep: str | None) -> None:
        keys = [(rep or "", day) for day in pattern]
        if not all(key in self.cell_number for key in keys):
            return
        self.choices.append(Choice(pattern, rep))
        had = self.had.get(store.id, frozenset())
        self.pattern_price.append(_change_price(pattern, had, self.params.change_price))
        self.cells.extend(self.cell_number[key] for key in keys)
        self.cells_from.append(len(self.cells))

    def room(self) -> int:
        """The most stops any route can hold."""
        demand = np.sort(np.array([s.demand for s in self.stores]))
        minutes = np.sort(np.array([s.minutes for s in self.stores]))
        most = 0
        for shift in self.shifts:
            calls = len(self.stores) if shift.max_calls is None else shift.max_calls
            by_load = int(np.searchsorted(np.cumsum(demand), shift.capacity + 1e-6, side="right"))
            span = min(shift.max_minutes, shift.closes - shift.opens)
            by_time = int(np.searchsorted(np.cumsum(minutes), span + 1e-6, side="right"))
            most = max(most, min(calls, by_load, by_time, len(self.stores)))
        return most + most // 2 + 6  # limits may be exceeded on the way


def _travel(builder: _Builder) -> tuple[Floats, Floats, list[int], list[int]]:
    """Cost and minutes with stores first, then starts and ends, then one place that is nowhere (free to reach)."""
    table = builder.problem.travel
    order = [store.location for store in builder.stores]
    depots: dict[int, int] = {}
    for shift in builder.shifts:
        for location in (shift.start, shift.end):
            if location is not None and location not in depots:
                depots[location] = len(order) + len(depots)
    index = np.array(order + list(depots), dtype=np.int64)
    size = len(index) + 1
    cost = np.zeros((size, size))
    minutes = np.zeros((size, size))
    cost[:-1, :-1] = table.cost[np.ix_(index, index)]
    minutes[:-1, :-1] = table.minutes[np.ix_(index, index)]
    starts = [depots[shift.start] for shift in builder.shifts]
    ends = [size - 1 if shift.end is None else depots[shift.end] for shift in builder.shifts]
    return cost, minutes, starts, ends


def _barred(builder: _Builder) -> NDArray[np.bool_]:
    """Routes that a store's `reps` rule out where trucks are pooled; with one rep a store, patterns see to it."""
    if builder.problem.same_rep or not any(store.reps for store in builder.stores):
        return np.zeros((1, 1), dtype=np.bool_)
    rows = [[bool(s.reps) and shift.rep not in s.reps for shift in builder.shifts] for s in builder.stores]
    return np.array([*rows, [False] * len(builder.shifts)], dtype=np.bool_)


def _store_arrays(builder: _Builder, cost: Floats) -> dict[str, Any]:
    """What each store brings: work, neighbours, patterns, hours."""
    stores, n = builder.stores, len(builder.stores)
    near = np.argsort(cost[:n, :n] + cost[:n, :n].T + np.diag(np.full(n, -1.0)), axis=1, kind="stable")
    hours = hours_of(builder.problem, stores, [day for _, day in builder.cell_keys])
    return {
        "service": np.array([s.minutes for s in stores], dtype=np.float64),
        "demand": np.array([s.demand for s in stores], dtype=np.float64),
        "near": np.ascontiguousarray(near[:, 1 : 1 + NEAREST]).astype(np.int32),
        "pattern_from": np.array(builder.pattern_from, dtype=np.int32),
        "pattern_price": np.array(builder.pattern_price, dtype=np.float64),
        "cells_from": np.array(builder.cells_from, dtype=np.int32),
        "cells": np.array(builder.cells, dtype=np.int32),
        "hours_of": hours.hours_of,
        "windows_from": hours.windows_from,
        "opens": hours.opens,
        "closes": hours.closes,
        "window_price": hours.price,
    }


def _route_arrays(builder: _Builder, cell_of: Ints) -> dict[str, Any]:
    """What each shift brings: limits, breaks, its cell."""
    shifts, n = builder.shifts, len(builder.stores)
    rests = [rest for shift in shifts for rest in shift.breaks]
    like = [False] + [builder._terms(a) == builder._terms(b) for a, b in pairwise(shifts)]
    cells = np.arange(len(builder.cell_keys) + 1)
    return {
        "breaks_from": np.cumsum([0] + [len(shift.breaks) for shift in shifts]).astype(np.int32),
        "break_minutes": np.array([rest.minutes for rest in rests], dtype=np.float64),
        "break_first": np.array([rest.earliest for rest in rests], dtype=np.float64),
        "break_last": np.array([rest.latest for rest in rests], dtype=np.float64),
        "routes_from": np.searchsorted(cell_of, cells).astype(np.int32),
        "capacity": np.array([min(s.capacity, FAR) for s in shifts], dtype=np.float64),
        "max_minutes": np.array(
            [min(s.max_minutes, s.closes - s.opens, FAR) for s in shifts], dtype=np.float64
        ),
        "max_calls": np.array([n if s.max_calls is None else s.max_calls for s in shifts], dtype=np.int32),
        "shift_opens": np.array([s.opens for s in shifts], dtype=np.float64),
        "shift_closes": np.array([min(s.closes, FAR) for s in shifts], dtype=np.float64),
        "like_previous": np.array(like[: len(shifts)], dtype=np.bool_),
        "barred": _barred(builder),
    }


def _prices(builder: _Builder, highest: float) -> dict[str, Any]:
    """What counts besides travel. highest: the dearest way between two places."""
    stores, params, cells = builder.stores, builder.params, len(builder.cell_keys)
    visits = sum(max((len(p) for p in s.patterns), default=0) for s in stores)
    work = sum(s.minutes * len(s.patterns[0]) for s in stores)
    even_calls, even_work = visits / max(cells, 1), work / max(cells, 1)
    absence = 10.0 * highest + 1.0
    return {
        # no plan that lacks a due break may seem better than leaving stores out
        "break_price": absence * (len(stores) + 1.0),
        "priced": params.priced,
        "calls_least": np.full(cells, even_calls - params.calls_slack),
        "calls_most": np.full(cells, even_calls + params.calls_slack),
        "calls_price": float(params.calls_price),
        "work_most": np.full(cells, even_work + params.work_slack),
        "work_price": float(params.work_price),
        "same_time_price": float(params.same_time_price),
        "same_time_slack": float(params.same_time_slack),
        "absence_price": np.full(len(stores), absence),
    }


def compile_model(
    problem: CalendarProblem, params: CalendarParams, start: CalendarPlan | None = None
) -> Compiled:
    """Arrays for the kernels. Stores without any workable pattern stay in, with none: they end up unserved."""
    builder = _Builder(problem, params, start)
    builder.add_stores()
    cost, minutes, starts, ends = _travel(builder)
    stores, shifts, n = builder.stores, builder.shifts, len(builder.stores)
    cell_of = np.array([builder.cell_number[builder._key(s)] for s in shifts], dtype=np.int32)
    off = cost[:n, :n][~np.eye(n, dtype=bool)] if n > 1 else np.array([1.0])
    rests = any(shift.breaks for shift in shifts)
    model = Model(
        cost=np.ascontiguousarray(cost),
        cost_in=np.ascontiguousarray(cost.T),
        minutes=np.ascontiguousarray(minutes),
        start=np.array(starts, dtype=np.int32),
        end=np.array(ends, dtype=np.int32),
        plain=not rests and not problem.late_bands,
        # without opening hours and breaks a shift is just a limit on minutes, which is quicker to check
        timed=rests or any(s.windows or s.day_windows for s in stores),
        **_store_arrays(builder, cost),
        **_route_arrays(builder, cell_of),
        **_prices(builder, float(cost.max(initial=1.0))),
    )
    return Compiled(
        model=model,
        cell_of=cell_of,
        stores=tuple(stores),
        shifts=tuple(shifts),
        choices=tuple(builder.choices),
        room=builder.room(),
        fixed=start if problem.locked_days else None,
        mean_leg=float(off.mean()),
    )
