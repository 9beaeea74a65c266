"""What a store costs in each receiver's hands."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from routes_planner.reassign.problem import HeldStore, ReassignProblem
from routes_planner.travel.table import TravelTable

Floats = NDArray[np.float64]


def estimated_travel(problem: ReassignProblem) -> Floats:
    """(stores, receivers) minutes a visit from distances alone: the detour through the two nearest kept stores."""
    places = problem.places()
    table = np.full((len(problem.stores), len(problem.receivers)), 0.0)
    for j, receiver in enumerate(problem.receivers):
        own = [i for i, store in enumerate(problem.stores) if store.holder == receiver.id]
        if not own:
            middle = places.mean(axis=0)
            table[:, j] = 2.0 * np.linalg.norm(places - middle, axis=1)
            continue
        near = np.atleast_2d(
            cKDTree(places[own]).query(places, k=min(3, len(own)))[0].reshape(len(places), -1)
        )
        is_own = np.isin(np.arange(len(places)), own)
        shifted = np.where(is_own[:, None], near, np.roll(near, 1, axis=1))  # a kept store is its own nearest
        table[:, j] = shifted[:, 1:].sum(axis=1) if near.shape[1] > 1 else 2.0 * near[:, 0]
    return table / problem.speed


def cost_table(problem: ReassignProblem) -> Floats:
    """(stores, receivers) cost of each store in each receiver's hands; infinite where it may not go."""
    travel = estimated_travel(problem)
    for i, store in enumerate(problem.stores):
        for j, receiver in enumerate(problem.receivers):
            travel[i, j] = store.extra.get(receiver.id, travel[i, j])
    cost = problem.travel_price * travel
    for i, store in enumerate(problem.stores):
        for j, receiver in enumerate(problem.receivers):
            cost[i, j] += _other_terms(problem, store, receiver.id)
            if (
                store.holder != problem.leaver
                and store.holder != receiver.id
                and (store.fixed or not problem.cascade)
            ):
                cost[i, j] = inf
    return cost


def _other_terms(problem: ReassignProblem, store: HeldStore, receiver: str) -> float:
    if store.holder == receiver:
        return 0.0
    price = problem.familiarity_price * (1.0 - store.familiarity.get(receiver, 0.0))
    if receiver in store.moves_day:
        price += problem.day_price
    return price + (problem.move_price if store.holder != problem.leaver else 0.0)


def extra_travel(table: TravelTable, location: int, day_routes: Sequence[Sequence[int]]) -> float:
    """Extra travel of visiting a location once on each of these days, put where it costs least.

    day_routes: locations in order, start and end included, of the receiver's days on which the store is visited.
    """
    total = 0.0
    for route in day_routes:
        before, after = np.array(route[:-1]), np.array(route[1:])
        detour = table.cost[before, location] + table.cost[location, after] - table.cost[before, after]
        total += float(detour.min()) if len(detour) else 0.0
    return total
