"""A square table of travel between locations: what is minimised, and the minutes it takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routes_planner.errors import require


@dataclass(frozen=True, eq=False)
class TravelTable:
    """cost[i, j] and minutes[i, j] from location i to j, both (n, n), finite and not negative.

    `source` says where the figures come from; `fell_back` is true when a road service was asked, did not answer, and
    distances as the crow flies times a detour factor stand in for it. `places` are (longitude, latitude) or plane
    (x, y) positions for maps and geography, (n, 2), or None.
    """

    cost: NDArray[np.float64]
    minutes: NDArray[np.float64]
    source: str = "given"
    fell_back: bool = False
    places: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        for name in ("cost", "minutes"):
            table = getattr(self, name)
            field = f"travel.{name}"
            require(
                table.ndim == 2 and table.shape[0] == table.shape[1],
                field,
                "square",
                "must be a square table",
            )
            require(bool(np.isfinite(table).all()), field, "finite", "every entry must be a finite number")
            require(bool((table >= 0).all()), field, "not_negative", "no entry may be negative")
        require(
            self.cost.shape == self.minutes.shape, "travel.minutes", "same_size", "must be as large as cost"
        )
        if self.places is not None:
            require(self.places.shape == (self.size, 2), "travel.places", "same_size", "one pair a location")

    @property
    def size(self) -> int:
        return int(self.cost.shape[0])


def plane_table(places: NDArray[np.float64], rounding: int | None = None) -> TravelTable:
    """Euclidean distances in the plane, which also serve as minutes (the convention of published instances)."""
    difference = places[:, None, :] - places[None, :, :]
    cost = np.sqrt((difference**2).sum(axis=2))
    if rounding is not None:
        cost = np.round(cost, rounding)
    return TravelTable(cost=cost, minutes=cost, source="plane", places=places)
