"""Travel from positions alone: geodesic distance times a detour factor, at a speed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routes_planner.errors import require
from routes_planner.travel.geodesic import geodesic_metres
from routes_planner.travel.table import TravelTable


@dataclass(frozen=True, slots=True)
class Estimate:
    """Travel without a road service.

    detour: road metres a metre as the crow flies (1.3–1.4 in towns; Ballou et al. 2002 give 1.2–1.6 by country);
    kmh: speed on the road; stop_minutes: parking and walking, added to each leg between different places.
    Water and hills are crossed: where they matter, configure a road service.
    """

    detour: float = 1.35
    kmh: float = 25.0
    stop_minutes: float = 0.0

    def __post_init__(self) -> None:
        require(self.detour >= 1, "travel.detour", "range", "must be at least 1")
        require(self.kmh > 0, "travel.kmh", "positive", "must be more than zero")
        require(self.stop_minutes >= 0, "travel.stop_minutes", "not_negative", "must not be negative")

    def table(self, places: NDArray[np.float64]) -> TravelTable:
        """Minutes, which are also the cost, between all places (n, 2) given as longitude, latitude in degrees."""
        check_places(places)
        metres = geodesic_metres(places, places) * self.detour
        minutes = metres / 1000.0 / self.kmh * 60.0 + np.where(metres > 0, self.stop_minutes, 0.0)
        return TravelTable(cost=minutes, minutes=minutes, source=f"geodesic × {self.detour:g}", places=places)


def check_places(places: NDArray[np.float64]) -> None:
    """Refuse what are not degrees, naming the first place that is wrong."""
    require(
        places.ndim == 2 and places.shape[1] == 2, "places", "pairs", "must be longitude and latitude pairs"
    )
    inside = np.isfinite(places).all(axis=1)
    inside &= (np.abs(places[:, 0]) <= 180.0) & (np.abs(places[:, 1]) <= 90.0)
    if not inside.all():
        wrong = int(np.flatnonzero(~inside)[0])
        require(False, f"places[{wrong}]", "degrees", "is not a longitude and latitude in degrees")
