"""Who neighbours whom, and which neighbour leads back to an owner's core."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay, QhullError

Edge = tuple[int, int]


def delaunay_edges(places: NDArray[np.float64]) -> tuple[Edge, ...]:
    """Neighbours by Delaunay triangulation; places that coincide are chained; few or aligned places form a path."""
    unique, first, group = np.unique(places, axis=0, return_index=True, return_inverse=True)
    group = group.reshape(-1)
    found: set[Edge] = set()
    try:
        if len(unique) < 4:
            raise QhullError("too few places")
        for a, b, c in Delaunay(unique).simplices:
            found.update({(min(a, b), max(a, b)), (min(b, c), max(b, c)), (min(a, c), max(a, c))})
    except QhullError:
        found.update((k, k + 1) for k in range(len(unique) - 1))
    edges = {(int(first[a]), int(first[b])) for a, b in found}
    for i, g in enumerate(group):
        if first[g] != i:
            edges.add((int(first[g]), i))
    return tuple(sorted((min(a, b), max(a, b)) for a, b in edges))


def neighbour_lists(n: int, edges: Sequence[Edge]) -> list[list[int]]:
    """Neighbours of each unit."""
    lists: list[set[int]] = [set() for _ in range(n)]
    for a, b in edges:
        lists[a].add(b)
        lists[b].add(a)
    return [sorted(entry) for entry in lists]


def ranks(
    places: NDArray[np.float64], edges: Sequence[Edge], cores: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """(n, owners): length of the shortest way along edges from each unit to the owner's core.

    Core units have rank 0; every other unit that can be reached has a neighbour of lower rank. No way leads through
    another owner's core.
    """
    n = len(places)
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    length = np.linalg.norm(places[pairs[:, 0]] - places[pairs[:, 1]], axis=1) + 1e-9
    core_of = np.full(n, -1, dtype=np.int64)
    for owner, core in enumerate(cores):
        core_of[list(core)] = owner
    table = np.full((n, len(cores)), np.inf)
    for owner, core in enumerate(cores):
        foreign = (core_of >= 0) & (core_of != owner)
        free = ~(foreign[pairs[:, 0]] | foreign[pairs[:, 1]])
        graph = csr_matrix((length[free], (pairs[free, 0], pairs[free, 1])), shape=(n, n))
        if len(core) > 0:
            table[:, owner] = dijkstra(graph, directed=False, indices=list(core), min_only=True)
    return table
