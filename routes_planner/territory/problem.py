"""The territory question."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from routes_planner.errors import require
from routes_planner.travel.geodesic import local_plane


@dataclass(frozen=True, slots=True)
class Unit:
    """A store (or block of stores): where it is, and its measures, such as minutes of work a cycle.

    x, y: longitude and latitude in degrees, or plane coordinates.
    """

    id: str
    x: float
    y: float
    measures: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TerritoryProblem:
    """Divide units into territories. Each measure of a territory stays within its tolerance of the even share.

    Cost: sum of distances from units to their territory's centre. homes: positions that anchor the territories (one
    each); without them the centres are units and are chosen. shares: part of the whole that each territory takes,
    empty = even. edges: neighbours; None = Delaunay. contiguous: every unit is joined to its centre (with homes: to
    the unit nearest to the home) through units of the same territory. plane: x, y are plane coordinates.
    """

    name: str
    units: tuple[Unit, ...]
    territories: int
    tolerances: tuple[float, ...]
    edges: tuple[tuple[int, int], ...] | None = None
    contiguous: bool = True
    plane: bool = False
    homes: tuple[tuple[float, float], ...] = ()
    shares: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        require(self.territories >= 1, "territories", "positive", "must be at least 1")
        few = len(self.units) >= self.territories
        require(few, "units", "enough", f"{len(self.units)} units cannot make {self.territories} territories")
        for number, unit in enumerate(self.units):
            same = len(unit.measures) == len(self.tolerances)
            require(same, f"units[{number}].measures", "same_length", "must be as many as the tolerances")
            good = all(0 <= m < inf for m in unit.measures) and isfinite(unit.x) and isfinite(unit.y)
            require(good, f"units[{number}]", "finite", "has a figure that is not finite or is negative")
        require(all(t >= 0 for t in self.tolerances), "tolerances", "not_negative", "must be zero or more")
        for number, (a, b) in enumerate(self.edges or ()):
            known = 0 <= a < len(self.units) and 0 <= b < len(self.units)
            require(known, f"edges[{number}]", "known", "names a unit that is not there")
        for name, count in (("homes", len(self.homes)), ("shares", len(self.shares))):
            require(count in (0, self.territories), name, "same_length", "must be one a territory, or none")

    def places(self) -> NDArray[np.float64]:
        """(n, 2) plane positions; degrees become metres around the units' middle."""
        raw = np.array([(unit.x, unit.y) for unit in self.units]).reshape(-1, 2)
        return raw if self.plane else local_plane(raw, raw)

    def anchors(self) -> NDArray[np.float64]:
        """(homes, 2) in the same plane."""
        raw = np.array([(unit.x, unit.y) for unit in self.units]).reshape(-1, 2)
        homes = np.array(self.homes, dtype=np.float64).reshape(-1, 2)
        return homes if self.plane else local_plane(homes, raw)

    def bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Least and most of each measure a territory: (territories, measures) each."""
        total = np.array([unit.measures for unit in self.units]).sum(axis=0)
        parts = np.array(self.shares or (1.0 / self.territories,) * self.territories)
        even = np.outer(parts, total)
        tolerance = np.array(self.tolerances)
        return even * (1.0 - tolerance), even * (1.0 + tolerance)


@dataclass(frozen=True, slots=True)
class TerritoryPlan:
    """territory_of: the territory's number, one a unit; centres: a unit's number each, or -1 where homes anchor.

    cost: sum of distances to the centres (metres, or plane units). bound: no division with these centres costs less.
    """

    territory_of: tuple[int, ...]
    centres: tuple[int, ...]
    cost: float
    bound: float
    seconds: float = 0.0

    @property
    def gap(self) -> float:
        """How far at most the cost is above the least possible with these centres, as a share."""
        return max(self.cost - self.bound, 0.0) / max(self.bound, 1e-9)
