"""Sparse linear and integer models, solved by HiGHS (Huangfu and Hall 2018) on one thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

import highspy
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass
class SparseModel:
    """min cost·x, low ≤ Ax ≤ high, 0 ≤ x ≤ 1. Rows are added one by one."""

    cost: Floats
    integer: bool
    upper: Floats | None = None
    starts: list[int] = field(default_factory=lambda: [0])
    columns: list[NDArray[np.int32]] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add_row(self, columns: NDArray[np.int64], values: Floats, low: float, high: float) -> None:
        self.columns.append(np.asarray(columns, dtype=np.int32))
        self.values.append(np.asarray(values, dtype=np.float64))
        self.starts.append(self.starts[-1] + len(columns))
        self.low.append(low)
        self.high.append(high)


@dataclass(frozen=True)
class Solved:
    """values: None when none were found; bound: no solution costs less; optimal: within the gap asked for."""

    values: Floats | None
    cost: float
    bound: float
    row_duals: Floats
    infeasible: bool
    optimal: bool


def solve_sparse(
    model: SparseModel, seconds: float, gap: float = 0.0, seed: int = 1, guess: Floats | None = None
) -> Solved:
    """Solve; stop after `seconds` or at a relative gap. guess: values to start an integer search from."""
    lp = highspy.HighsLp()
    count = len(model.cost)
    lp.num_col_ = count
    lp.num_row_ = len(model.low)
    lp.col_cost_ = model.cost
    lp.col_lower_ = np.zeros(count)
    lp.col_upper_ = np.ones(count) if model.upper is None else model.upper
    lp.row_lower_ = np.array([-highspy.kHighsInf if v == -inf else v for v in model.low])
    lp.row_upper_ = np.array([highspy.kHighsInf if v == inf else v for v in model.high])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array(model.starts, dtype=np.int32)
    lp.a_matrix_.index_ = np.concatenate(model.columns) if model.columns else np.zeros(0, dtype=np.int32)
    lp.a_matrix_.value_ = np.concatenate(model.values) if model.values else np.zeros(0)
    if model.integer:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * count
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", seed % 2**31)
    highs.setOptionValue("time_limit", max(seconds, 0.05))
    highs.setOptionValue("mip_rel_gap", gap)
    highs.passModel(lp)
    if guess is not None and model.integer:
        start = highspy.HighsSolution()
        start.col_value = list(guess)
        highs.setSolution(start)
    highs.run()
    return _read(highs, model)


def _read(highs: highspy.Highs, model: SparseModel) -> Solved:
    status = highs.getModelStatus()
    info = highs.getInfo()
    solution = highs.getSolution()
    infeasible = status in (
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    )
    optimal = status == highspy.HighsModelStatus.kOptimal
    found = info.primal_solution_status == highspy.kSolutionStatusFeasible and len(solution.col_value) > 0
    values = np.array(solution.col_value) if found and not infeasible else None
    cost = float(info.objective_function_value) if values is not None else inf
    bound = float(info.mip_dual_bound) if model.integer else (cost if optimal else -inf)
    duals = np.array(solution.row_dual) if not model.integer and optimal else np.zeros(0)
    return Solved(values, cost, bound, duals, infeasible, optimal)
