"""Assignment by relaxation: solve the linear program, fix what it is sure of, solve the border as an integer program.

The linear program leaves as many units split as there are binding rows (Hess et al. 1965 and the location-allocation
line after it); only units whose second choice is nearly as cheap, judged by reduced cost, are left open.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from routes_planner.assignment.highs import Floats, SparseModel, solve_sparse
from routes_planner.assignment.model import Assignment, AssignmentModel
from routes_planner.stopping import Stop

FIRST_CHOICES = 8  # owners a unit starts with in the linear program; more are priced in
# Share of units left open, and how far beyond the last one's margin other owners stay possible; tried in turn.
PROVABLE = 25_000  # open pairs that an integer program still proves something about in seconds
FIRST_PART = 0.5  # of the time left may go into the first assignment
BORDERS = ((0.2, 2.0), (0.3, 4.0), (0.4, 5.0), (0.55, 5.0), (1.0, 3.0))


@dataclass(frozen=True)
class Relaxed:
    """The linear program's answer: value of each (unit, owner) pair, reduced costs, and the bound."""

    values: Floats
    reduced: Floats
    bound: float


def relax(model: AssignmentModel, seconds: float) -> Relaxed | None:
    """Solve the linear relaxation, without contiguity and groups. None when there is no solution even so.

    Only the cheapest owners of each unit are in at first. Pairs left out are priced with the duals, and those that
    would help are added, so that the bound holds for all pairs.
    """
    n, p = model.cost.shape
    order = np.argsort(model.cost, axis=1, kind="stable")
    use = np.zeros((n, p), dtype=bool)
    np.put_along_axis(use, order[:, : min(FIRST_CHOICES, p)], True, axis=1)
    use &= np.isfinite(model.cost)
    begun = time.monotonic()
    while True:
        pairs = np.argwhere(use)
        solved = solve_sparse(_relaxation(model, pairs), max(seconds - (time.monotonic() - begun), 1.0))
        if solved.values is None or not solved.optimal:
            rest = np.isfinite(model.cost) & ~use
            if not solved.infeasible or not rest.any():
                return None
            use |= rest
            continue
        prices = solved.row_duals[n:].reshape(p, -1)
        reduced = model.cost - solved.row_duals[:n, None] - model.weights @ prices.T
        missing = (reduced < -1e-7) & ~use & np.isfinite(model.cost)
        if not missing.any():
            values = np.zeros((n, p))
            values[pairs[:, 0], pairs[:, 1]] = solved.values
            return Relaxed(values, reduced, solved.bound)
        use |= missing


def _relaxation(model: AssignmentModel, pairs: NDArray[np.int64]) -> SparseModel:
    n, p = model.cost.shape
    sparse = SparseModel(model.cost[pairs[:, 0], pairs[:, 1]], integer=False)
    columns = np.arange(len(pairs))
    by_unit = np.split(columns, np.searchsorted(pairs[:, 0], np.arange(1, n)))
    for own in by_unit:
        sparse.add_row(own, np.ones(len(own)), 1.0, 1.0)
    for j in range(p):
        own = columns[pairs[:, 1] == j]
        for a in range(model.weights.shape[1]):
            weights = model.weights[pairs[own, 0], a]
            sparse.add_row(own, weights, float(model.low[j, a]), float(model.high[j, a]))
    return sparse


def solve_assignment(model: AssignmentModel, stop: Stop, gap: float, seed: int = 1) -> Assignment | None:
    """The cheapest assignment found until `stop` or until it is proven within `gap`. None: none was found.

    The border is widened until a first assignment is found. Then every pair is open whose reduced cost does not by
    itself exceed what that assignment costs above the relaxation: no better assignment uses another pair, so this
    program's bound, contiguity included, holds for the whole problem.
    """
    begun = stop.clock()
    relaxed = relax(model, stop.seconds)
    if relaxed is None:
        return None
    best: Assignment | None = None
    for share, stretch in BORDERS:
        left = stop.seconds - (stop.clock() - begun)
        if left < (0.3 if best is not None else -stop.seconds):
            break
        pairs = _open_pairs(model, relaxed, share, stretch)
        found = _solve_border(model, relaxed, pairs, max(FIRST_PART * left, 0.5), gap, seed)
        if found is not None and (best is None or found.cost < best.cost):
            best = found
        if best is None:
            continue
        if best.gap <= gap or np.count_nonzero(_useful(model, relaxed, best)) <= PROVABLE:
            break
    left = stop.seconds - (stop.clock() - begun)
    if best is None or best.gap <= gap or left < 0.1:
        return best
    return _prove(model, relaxed, best, left, gap, seed)


def _useful(model: AssignmentModel, relaxed: Relaxed, best: Assignment) -> NDArray[np.bool_]:
    """Pairs that an assignment cheaper than `best` could use, judged by reduced cost."""
    return np.asarray((relaxed.reduced <= best.cost - relaxed.bound + 1e-6) & np.isfinite(model.cost))


def _prove(
    model: AssignmentModel, relaxed: Relaxed, best: Assignment, seconds: float, gap: float, seed: int
) -> Assignment:
    """Improve on an assignment, and on the bound, over all pairs that a better one could use."""
    pairs = _useful(model, relaxed, best)
    pairs[np.arange(model.units), best.owner_of] = True
    if model.neighbours is not None:
        pairs = _unlock_stranded(model, pairs)
    columns = np.argwhere(pairs)
    guess = (best.owner_of[columns[:, 0]] == columns[:, 1]).astype(np.float64)
    sparse = _border_model(model, pairs, columns)
    guess = np.concatenate([guess, np.ones(len(sparse.cost) - len(guess))])
    solved = solve_sparse(sparse, seconds, gap * 0.5, seed, guess)
    bound = max(best.bound, min(solved.bound, best.cost) if np.isfinite(solved.bound) else best.bound)
    if solved.values is not None and solved.cost < best.cost:
        return _read(model, columns, solved.values, min(bound, solved.cost))
    return Assignment(best.owner_of, best.cost, bound)


def _read(model: AssignmentModel, columns: NDArray[np.int64], values: Floats, bound: float) -> Assignment:
    owner_of = np.full(model.units, -1, dtype=np.int64)
    chosen = columns[values[: len(columns)] > 0.5]
    owner_of[chosen[:, 0]] = chosen[:, 1]
    cost = float(model.cost[np.arange(model.units), owner_of].sum())
    return Assignment(owner_of, cost, bound)


def _open_pairs(model: AssignmentModel, relaxed: Relaxed, share: float, stretch: float) -> NDArray[np.bool_]:
    """(n, p): which pairs stay possible. A unit that the relaxation is sure of keeps one owner."""
    n = model.units
    second = np.partition(relaxed.reduced, 1, axis=1)[:, 1] if model.owners > 1 else np.full(n, inf)
    split = (relaxed.values > 1e-6).sum(axis=1) > 1
    margin = np.where(split, -1.0, second)
    count = max(int(n * share), int(split.sum()))
    opened = np.zeros(n, dtype=bool)
    opened[np.argsort(margin, kind="stable")[:count]] = True
    finite = opened & np.isfinite(margin)
    reach = float(np.quantile(margin[finite], 0.98)) if finite.any() else 0.0
    pairs = np.zeros(model.cost.shape, dtype=bool)
    pairs[np.arange(n), relaxed.values.argmax(axis=1)] = True
    pairs |= opened[:, None] & (relaxed.reduced <= max(reach, 1e-9) * stretch) & np.isfinite(model.cost)
    return _unlock_stranded(model, pairs) if model.neighbours is not None else pairs


def _unlock_stranded(model: AssignmentModel, pairs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Open units that no possible neighbour leads home, until each possible pair has a way to its owner."""
    if model.rank is None:
        return pairs
    changed = True
    while changed:
        changed = False
        for i, j in np.argwhere(pairs & (model.rank > 0)):
            if any(pairs[k, j] for k in model.leading(int(i), int(j))):
                continue
            pairs[i, j] = False
            changed = True
            if not pairs[i].any():
                _open_way(model, pairs, int(i))
    return pairs


def _open_way(model: AssignmentModel, pairs: NDArray[np.bool_], i: int) -> None:
    """Give a unit the cheapest owner that one of its neighbours may have and that leads home."""
    order = np.argsort(model.cost[i], kind="stable")
    for j in order:
        if not np.isfinite(model.cost[i, j]):
            break
        if any(pairs[k, j] for k in model.leading(i, int(j))):
            pairs[i, j] = True
            return
    j = int(order[0])
    at = i
    while model.rank is not None and model.rank[at, j] > 0:  # open the whole way to the nearest owner's core
        pairs[at, j] = True
        leading = [k for k in model.leading(at, j) if np.isfinite(model.cost[k, j])]
        if not leading:
            return
        at = min(leading, key=lambda k: float(model.cost[k, j]))
    pairs[at, j] = True


def _solve_border(
    model: AssignmentModel,
    relaxed: Relaxed,
    possible: NDArray[np.bool_],
    seconds: float,
    gap: float,
    seed: int,
) -> Assignment | None:
    """The integer program over the open pairs; the others are settled."""
    pairs = np.argwhere(possible)
    sparse = _border_model(model, possible, pairs)
    solved = solve_sparse(sparse, seconds, gap * 0.5, seed)
    if solved.values is None:
        return None
    return _read(model, pairs, solved.values, relaxed.bound)


def _border_model(
    model: AssignmentModel, possible: NDArray[np.bool_], pairs: NDArray[np.int64]
) -> SparseModel:
    """Every possible pair has a column; presolve settles those that have no alternative."""
    n, p = model.cost.shape
    number = np.full((n, p), -1, dtype=np.int64)
    number[pairs[:, 0], pairs[:, 1]] = np.arange(len(pairs))
    sparse = SparseModel(model.cost[pairs[:, 0], pairs[:, 1]], integer=True)
    for i in range(n):
        own = number[i][possible[i]]
        sparse.add_row(own, np.ones(len(own)), 1.0, 1.0)
    for j in range(p):
        own = number[:, j][possible[:, j]]
        units = np.flatnonzero(possible[:, j])
        for a in range(model.weights.shape[1]):
            sparse.add_row(own, model.weights[units, a], float(model.low[j, a]), float(model.high[j, a]))
    _add_contiguity(model, possible, number, pairs, sparse)
    _add_groups(model, number, sparse)
    _add_differences(model, number, sparse)
    return sparse


def _add_contiguity(
    model: AssignmentModel,
    possible: NDArray[np.bool_],
    number: NDArray[np.int64],
    pairs: NDArray[np.int64],
    sparse: SparseModel,
) -> None:
    if model.neighbours is None or model.rank is None:
        return
    sure = possible & (possible.sum(axis=1) == 1)[:, None]
    for i, j in pairs:
        if model.rank[i, j] <= 0:
            continue
        leading = [k for k in model.leading(int(i), int(j)) if possible[k, j]]
        if any(sure[k, j] for k in leading):
            continue
        columns = np.array([number[i, j], *(number[k, j] for k in leading)])
        sparse.add_row(columns, np.array([1.0] + [-1.0] * len(leading)), -inf, 0.0)


def _add_groups(model: AssignmentModel, number: NDArray[np.int64], sparse: SparseModel) -> None:
    """At most `group_most` owners for a group: one more column a group and owner that has units of it."""
    if model.groups is None or model.group_most <= 0:
        return
    for group in np.unique(model.groups[model.groups >= 0]):
        units = np.flatnonzero(model.groups == group)
        taken = []
        for j in range(model.owners):
            own = number[units, j]
            own = own[own >= 0]
            if len(own) == 0:
                continue
            marker = len(sparse.cost)
            sparse.cost = np.append(sparse.cost, 0.0)
            taken.append(marker)
            for column in own:
                sparse.add_row(np.array([column, marker]), np.array([1.0, -1.0]), -inf, 0.0)
        if len(taken) > model.group_most:
            sparse.add_row(np.array(taken), np.ones(len(taken)), 0.0, float(model.group_most))


def _add_differences(model: AssignmentModel, number: NDArray[np.int64], sparse: SparseModel) -> None:
    """Proposals must differ: of these units at most so many may have these owners again."""
    for units, owners, most in model.differs:
        own = number[units, owners]
        own = own[own >= 0]
        sparse.add_row(own, np.ones(len(own)), -inf, float(most))
