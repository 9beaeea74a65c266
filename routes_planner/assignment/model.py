"""The assignment model in arrays, and what its solution says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AssignmentModel:
    """n units, p owners, a measures.

    cost (n, p), infinite where not allowed; weights (n, a); low, high (p, a): bounds on each owner's sums;
    neighbours and rank: with contiguity on, a unit of owner j whose rank in j is above 0 needs a neighbour of lower
    rank that is also j's; None = no contiguity. groups: group number of each unit or -1; at most `group_most`
    owners for the units of one group among `grouped` ones.
    """

    cost: Floats
    weights: Floats
    low: Floats
    high: Floats
    neighbours: Sequence[Sequence[int]] | None = None
    rank: Floats | None = None
    groups: NDArray[np.int64] | None = None
    group_most: int = 0
    differs: tuple[tuple[NDArray[np.int64], NDArray[np.int64], int], ...] = ()

    @property
    def units(self) -> int:
        return int(self.cost.shape[0])

    @property
    def owners(self) -> int:
        return int(self.cost.shape[1])

    def leading(self, i: int, j: int) -> list[int]:
        """The neighbours of i that are nearer to j's core."""
        if self.neighbours is None or self.rank is None:
            return []
        return [k for k in self.neighbours[i] if self.rank[k, j] < self.rank[i, j]]


@dataclass(frozen=True)
class Assignment:
    """owner_of (n,); cost; bound: no assignment costs less (contiguity may be left out of the bound)."""

    owner_of: NDArray[np.int64]
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        """How far at most the cost is above the least possible, as a share of the bound."""
        return max(self.cost - self.bound, 0.0) / max(abs(self.bound), 1e-9)
