"""Territories by location and allocation: centres, allocation to them under balance, centres again (Hess et al. 1965).

With homes, the homes are the centres. The last allocation is an integer program with contiguity.
"""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from routes_planner.assignment.contiguity import delaunay_edges, neighbour_lists, ranks
from routes_planner.assignment.model import AssignmentModel
from routes_planner.assignment.solve import relax, solve_assignment
from routes_planner.errors import PlannerError
from routes_planner.stopping import OnProgress, Progress, Stop
from routes_planner.territory.problem import TerritoryPlan, TerritoryProblem

Floats = NDArray[np.float64]
MOST_ROUNDS = 12  # re-centrings; most problems settle in seven
STARTS = 4  # sets of first centres that are tried


class NoDivision(PlannerError):
    """No division keeps the balance (and contiguity) asked for, or none was found in time."""


def distances(places: Floats, centres: Floats) -> Floats:
    return np.asarray(np.linalg.norm(places[:, None, :] - centres[None, :, :], axis=2))


def _first_centres(
    places: Floats, weights: Floats, count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """k-means++ seeding (Arthur and Vassilvitskii 2007), then weighted Lloyd rounds, then the nearest units."""
    chosen = [int(rng.integers(len(places)))]
    near = np.linalg.norm(places - places[chosen[0]], axis=1)
    for _ in range(count - 1):
        chance = near**2 * weights
        total = chance.sum()
        pick = int(rng.choice(len(places), p=chance / total)) if total > 0 else int(rng.integers(len(places)))
        chosen.append(pick)
        near = np.minimum(near, np.linalg.norm(places - places[pick], axis=1))
    middles = places[chosen].copy()
    for _ in range(20):
        owner = cKDTree(middles).query(places)[1]
        for j in range(count):
            own = owner == j
            if own.any():
                middles[j] = np.average(places[own], axis=0, weights=weights[own])
    return _distinct_units(places, middles)


def _distinct_units(places: Floats, middles: Floats) -> NDArray[np.int64]:
    taken: list[int] = []
    tree = cKDTree(places)
    for middle in middles:
        k = min(len(taken) + 1, len(places))
        nearest = np.atleast_1d(tree.query(middle, k=k)[1])
        taken.append(next(int(i) for i in nearest if int(i) not in taken))
    return np.array(taken, dtype=np.int64)


def _recentre(places: Floats, owner: NDArray[np.int64], centres: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each territory's median unit: the one from which its units are nearest in sum."""
    moved = centres.copy()
    for j in range(len(centres)):
        own = np.flatnonzero(owner == j)
        if len(own):
            moved[j] = own[distances(places[own], places[own]).sum(axis=0).argmin()]
    return moved


class _Search:
    def __init__(
        self, problem: TerritoryProblem, stop: Stop, seed: int, on_progress: OnProgress | None
    ) -> None:
        self.problem = problem
        self.stop = stop
        self.seed = seed
        self.tell = on_progress
        self.begun = stop.clock()
        self.places = problem.places()
        self.weights = np.array([unit.measures for unit in problem.units]).reshape(len(problem.units), -1)
        self.low, self.high = problem.bounds()

    def left(self) -> float:
        return self.stop.seconds - (self.stop.clock() - self.begun)

    def allocation(self, cost: Floats) -> AssignmentModel:
        return AssignmentModel(cost, self.weights, self.low, self.high)

    def choose_centres(self) -> NDArray[np.int64]:
        """Alternate allocation (relaxed) and re-centring from several first sets; the cheapest set is kept."""
        best, best_cost = None, inf
        measure = self.weights.sum(axis=1) / max(float(self.weights.sum()), 1e-9)
        share = 0.4 * self.stop.seconds
        for start in range(STARTS):
            if best is not None and self.left() < self.stop.seconds - share:
                break
            rng = np.random.default_rng([self.seed, start])
            centres = _first_centres(self.places, np.maximum(measure, 1e-12), self.problem.territories, rng)
            for _ in range(MOST_ROUNDS):
                relaxed = relax(self.allocation(distances(self.places, self.places[centres])), self.left())
                if relaxed is None:
                    break
                if relaxed.bound < best_cost:
                    best, best_cost = centres, relaxed.bound
                    if self.tell is not None:
                        self.tell(Progress(self.stop.clock() - self.begun, start + 1, best_cost, 0))
                moved = _recentre(self.places, relaxed.values.argmax(axis=1), centres)
                if (moved == centres).all() or self.left() < self.stop.seconds - share:
                    break
                centres = moved
        if best is None:
            raise NoDivision(
                "no division keeps the balance asked for, even with units split between territories"
            )
        return best

    def run(self, gap: float) -> TerritoryPlan:
        if self.problem.homes:
            anchors = self.problem.anchors()
            centres = np.full(self.problem.territories, -1, dtype=np.int64)
            cores = _distinct_units(self.places, anchors)
            cost = distances(self.places, anchors)
        else:
            centres = cores = self.choose_centres()
            cost = distances(self.places, self.places[cores])
        return self.settle(cost, centres, cores, gap)

    def settle(
        self, cost: Floats, centres: NDArray[np.int64], cores: NDArray[np.int64], gap: float
    ) -> TerritoryPlan:
        """The integer allocation to given centres."""
        problem = self.problem
        neighbours, rank = None, None
        if problem.contiguous:
            edges = problem.edges if problem.edges is not None else delaunay_edges(self.places)
            neighbours = neighbour_lists(len(problem.units), edges)
            rank = ranks(self.places, edges, [[int(core)] for core in cores])
            cost = np.where(np.isfinite(rank), cost, inf)
        allowed = cost.copy()
        for j, core in enumerate(cores):  # a centre is its own territory's
            allowed[core, np.arange(len(cores)) != j] = inf
        model = AssignmentModel(allowed, self.weights, self.low, self.high, neighbours, rank)
        rest = Stop(seconds=max(self.left(), 0.5), clock=self.stop.clock)
        found = solve_assignment(model, rest, gap, self.seed)
        if found is None:
            raise NoDivision("no division keeps the balance and contiguity asked for with these centres")
        seconds = self.stop.clock() - self.begun
        owner = tuple(int(j) for j in found.owner_of)
        return TerritoryPlan(owner, tuple(int(c) for c in centres), found.cost, found.bound, seconds)


def solve(
    problem: TerritoryProblem,
    stop: Stop,
    seed: int = 1,
    gap: float = 0.005,
    on_progress: OnProgress | None = None,
) -> TerritoryPlan:
    """Divide until `stop` or until the division is proven within `gap` for its centres. Raises NoDivision."""
    return _Search(problem, stop, seed, on_progress).run(gap)
