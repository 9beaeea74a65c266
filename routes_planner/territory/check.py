"""Does a division keep its promises? Written apart from the search."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from routes_planner.assignment.contiguity import delaunay_edges
from routes_planner.breach import Breach
from routes_planner.territory.problem import TerritoryPlan, TerritoryProblem

TOLERANCE = 1e-6


def check(problem: TerritoryProblem, plan: TerritoryPlan) -> tuple[Breach, ...]:
    """Every broken promise; empty when all are kept."""
    if len(plan.territory_of) != len(problem.units):
        return (Breach("all", "plan", f"divides {len(plan.territory_of)} of {len(problem.units)} units"),)
    if not all(0 <= t < problem.territories for t in plan.territory_of):
        return (Breach("known", "plan", "names a territory that is not there"),)
    return (*_balance(problem, plan), *_contiguity(problem, plan), *_cost(problem, plan))


def _balance(problem: TerritoryProblem, plan: TerritoryPlan) -> Iterator[Breach]:
    low, high = problem.bounds()
    for t in range(problem.territories):
        own = [unit for unit, owner in zip(problem.units, plan.territory_of, strict=True) if owner == t]
        for a in range(len(problem.tolerances)):
            total = sum(unit.measures[a] for unit in own)
            if not low[t, a] - TOLERANCE * high[t, a] <= total <= high[t, a] * (1 + TOLERANCE):
                detail = f"measure {a} is {total:g}, must be {low[t, a]:g}–{high[t, a]:g}"
                yield Breach("balance", f"territory {t}", detail)


def _contiguity(problem: TerritoryProblem, plan: TerritoryPlan) -> Iterator[Breach]:
    if not problem.contiguous:
        return
    edges = problem.edges if problem.edges is not None else delaunay_edges(problem.places())
    parent = list(range(len(problem.units)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in edges:
        if plan.territory_of[a] == plan.territory_of[b]:
            parent[root(a)] = root(b)
    for t in range(problem.territories):
        parts = {root(i) for i, owner in enumerate(plan.territory_of) if owner == t}
        if len(parts) > 1:
            yield Breach("contiguous", f"territory {t}", f"is in {len(parts)} parts")


def _cost(problem: TerritoryProblem, plan: TerritoryPlan) -> Iterator[Breach]:
    places = problem.places()
    centres = problem.anchors() if problem.homes else places[list(plan.centres)]
    cost = float(np.linalg.norm(places - centres[list(plan.territory_of)], axis=1).sum())
    if abs(cost - plan.cost) > TOLERANCE * max(cost, 1.0):
        yield Breach("cost", "plan", f"says {plan.cost:.4f}, is {cost:.4f}")
    if plan.bound > cost * (1 + TOLERANCE):
        yield Breach("bound", "plan", f"the bound {plan.bound:.4f} is above the cost {cost:.4f}")
