"""Where outlets are, and which two of them may be one."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, Literal, TypeVar

from server.domain.errors import DomainError
from server.domain.names import likeness, skeleton, without_chain

EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius of the Earth (IUGG). On this sphere a distance differs from the ellipsoid's by 0.5 % at
most."""

SAME_NAME_M: Final = 150
"""One name within a city block and the error of two phones' fixes: likely one shop."""
SIMILAR_NAME_M: Final = 50
SIMILAR_NAME: Final = 0.6

MOST_COMPARED: Final = 500
"""Outlets around one place that are compared with it; a block of 450 m by 450 m holds fewer."""

Key = TypeVar("Key", bound=Hashable)
Duplicate = Literal["same_name", "similar_name"]


def distance_m(a_latitude: float, a_longitude: float, b_latitude: float, b_longitude: float) -> float:
    """Metres between two WGS-84 positions in degrees along a great circle (haversine).
    Errors: DomainError `position` for `a` or `b`."""
    _a_position("a", a_latitude, a_longitude)
    _a_position("b", b_latitude, b_longitude)
    return _haversine_m(a_latitude, a_longitude, b_latitude, b_longitude)


def near_duplicate(name_a: str, name_b: str, distance: float | None, chain: str = "") -> Duplicate | None:
    """Whether two outlets may be one: `same_name` (one skeleton, within 150 m), `similar_name` (similarity
    0.6 or more, within 50 m), else None. An unknown distance is None: a chain's name alone says nothing about
    two shops. `chain` is left out of the comparison of similarity, see `names.similarity`."""
    if distance is None:
        return None
    return _duplicate(skeleton(name_a), skeleton(name_b), distance, skeleton(chain))


@dataclass(frozen=True, slots=True)
class Neighbour(Generic[Key]):
    """An outlet already known that a new one may be, `distance` metres away."""

    key: Key
    kind: Duplicate
    distance: float


class NearDuplicates(Generic[Key]):
    """Known outlets by place, so that a hundred thousand new ones can each be compared with the few around
    them.

    A grid of cells at least 150 m wide in each direction; cells of one row of latitude have one width in
    degrees. The rows beside the poles and the seam at 180 degrees east are not joined: no shop stands there.
    """

    _ROW_DEGREES: Final = 0.0014  # 155.7 m, with room for a row's narrower edge

    def __init__(self, chain: str = "") -> None:
        self._chain = skeleton(chain)
        self._cells: dict[tuple[int, int], list[tuple[Key, str, float, float]]] = {}

    def add(self, key: Key, name: str, latitude: float, longitude: float) -> None:
        """Remember an outlet. Degrees; errors: DomainError `position`."""
        _a_position("position", latitude, longitude)
        row = self._row(latitude)
        cell = (row, self._column(row, longitude))
        self._cells.setdefault(cell, []).append((key, skeleton(name), latitude, longitude))

    def find(self, name: str, latitude: float, longitude: float) -> list[Neighbour[Key]]:
        """Those remembered that `near_duplicate` names, nearest first. Degrees; errors: DomainError
        `position`."""
        _a_position("position", latitude, longitude)
        looks = skeleton(name)
        found = []
        around = islice(self._around(latitude, longitude), MOST_COMPARED)
        for key, other, other_latitude, other_longitude in around:
            distance = _haversine_m(latitude, longitude, other_latitude, other_longitude)
            kind = _duplicate(looks, other, distance, self._chain)
            if kind:
                found.append(Neighbour(key, kind, distance))
        return sorted(found, key=lambda neighbour: neighbour.distance)

    def _around(self, latitude: float, longitude: float) -> Iterator[tuple[Key, str, float, float]]:
        middle = self._row(latitude)
        for row in (middle, middle - 1, middle + 1):
            column = self._column(row, longitude)
            for near in (column, column - 1, column + 1):
                yield from self._cells.get((row, near), ())

    def _row(self, latitude: float) -> int:
        return math.floor(latitude / self._ROW_DEGREES)

    def _column(self, row: int, longitude: float) -> int:
        edge = min(89.9, max(abs(row), abs(row + 1)) * self._ROW_DEGREES)
        return math.floor(longitude * math.cos(math.radians(edge)) / self._ROW_DEGREES)


def _duplicate(a: str, b: str, distance: float, chain: str) -> Duplicate | None:
    """`near_duplicate` of skeletons."""
    if not distance <= SAME_NAME_M:  # a distance that is not a number is near nothing
        return None
    if a and a == b:
        return "same_name"
    near = distance <= SIMILAR_NAME_M and likeness(*without_chain(a, b, chain)) >= SIMILAR_NAME
    return "similar_name" if near else None


def _haversine_m(a_latitude: float, a_longitude: float, b_latitude: float, b_longitude: float) -> float:
    phi_a, phi_b = math.radians(a_latitude), math.radians(b_latitude)
    across = math.sin(math.radians(b_longitude - a_longitude) / 2)
    up = math.sin((phi_b - phi_a) / 2)
    h = up * up + math.cos(phi_a) * math.cos(phi_b) * across * across
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, h)))


def _a_position(field: str, latitude: float, longitude: float) -> None:
    # NaN and infinities fail both comparisons.
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise DomainError(field, "position")
