"""Positions: the three Chinese coordinate systems, distances, and positions that cannot be true.

Phones and the book use WGS-84. Lists that come from maps made in mainland China carry GCJ-02 (Amap,
Tencent) or BD-09 (Baidu), which lie 100-700 m and up to 1.2 km away. The formulas are the public ones (see
Wikipedia, "Restrictions on geographic data in China", and the PRCoords library, CC0); they hold inside
`SHIFTED_BOX` only. That box is a rectangle, so Hong Kong, Macau, Taiwan and parts of the neighbouring
countries lie in it: a list said to be GCJ-02 is shifted there too. Who has WGS-84 positions of Hong Kong
says so (crs `wgs84`), and nothing is shifted.

All functions take and give numpy arrays of float64 degrees, latitude first, and work on any shape.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Degrees = NDArray[np.float64]
Pair = tuple[Degrees, Degrees]

# Krasovsky 1940, the ellipsoid that GCJ-02 is computed on.
KRASOVSKY_A = 6_378_245.0
KRASOVSKY_EE = 0.00669342162296594323
# Baidu's constant offsets (degrees).
BAIDU_LAT = 0.0060
BAIDU_LON = 0.0065
# Mean earth radius of the sphere used for short distances (metres); at 1 km the error is below 5 m.
EARTH_RADIUS_M = 6_371_000.0
METRES_PER_DEGREE = float(np.pi * EARTH_RADIUS_M / 180)


class Crs(StrEnum):
    """Coordinate reference systems that a list may come in."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@dataclass(frozen=True)
class Box:
    """A rectangle in degrees; edges belong to it."""

    south: float
    west: float
    north: float
    east: float

    def __post_init__(self) -> None:
        if not (-90 <= self.south <= self.north <= 90 and -180 <= self.west <= self.east <= 180):
            raise ValueError(f"no box: {self}")

    def contains(self, lat: Degrees, lon: Degrees) -> NDArray[np.bool_]:
        return (lat >= self.south) & (lat <= self.north) & (lon >= self.west) & (lon <= self.east)


# The box of the published formula, outside which GCJ-02 is WGS-84.
SHIFTED_BOX = Box(south=0.8293, west=72.004, north=55.8271, east=137.8347)


def _shift(lat: Degrees, lon: Degrees) -> Pair:
    """How far GCJ-02 lies from WGS-84 at a WGS-84 position, in degrees, without the box."""
    x, y = lon - 105.0, lat - 35.0
    pi = np.pi
    common = 2 * np.sin(6 * pi * x) + 2 * np.sin(2 * pi * x)
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north_m += 20 / 3 * (common + 2 * np.sin(pi * y) + 4 * np.sin(pi * y / 3))
    north_m += 20 / 3 * (16 * np.sin(pi * y / 12) + 32 * np.sin(pi * y / 30))
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east_m += 20 / 3 * (common + 2 * np.sin(pi * x) + 4 * np.sin(pi * x / 3))
    east_m += 20 / 3 * (15 * np.sin(pi * x / 12) + 30 * np.sin(pi * x / 30))
    radians = np.radians(lat)
    magic = 1 - KRASOVSKY_EE * np.sin(radians) ** 2
    degree_north_m = np.radians(KRASOVSKY_A * (1 - KRASOVSKY_EE) / magic**1.5)
    degree_east_m = np.radians(KRASOVSKY_A * np.cos(radians) / np.sqrt(magic))
    return north_m / degree_north_m, east_m / degree_east_m


def _inside(forward: Callable[[Degrees, Degrees], Pair], lat: Degrees, lon: Degrees) -> Pair:
    """`forward` where the box holds, the same position elsewhere (NaN stays NaN)."""
    inside = SHIFTED_BOX.contains(lat, lon)
    out_lat, out_lon = lat.astype(np.float64, copy=True), lon.astype(np.float64, copy=True)
    out_lat[inside], out_lon[inside] = forward(lat[inside], lon[inside])
    return out_lat, out_lon


def _inverse(forward: Callable[[Degrees, Degrees], Pair], lat: Degrees, lon: Degrees) -> Pair:
    """Fixed-point iteration: the shift changes slowly, so each round gains about three digits.

    Five rounds leave less than a millimetre anywhere in the box; the tests ask for 0.1 m.
    """
    guess_lat, guess_lon = lat.copy(), lon.copy()
    for _ in range(5):
        there_lat, there_lon = forward(guess_lat, guess_lon)
        guess_lat = guess_lat - (there_lat - lat)
        guess_lon = guess_lon - (there_lon - lon)
    return guess_lat, guess_lon


def _to_gcj(lat: Degrees, lon: Degrees) -> Pair:
    north, east = _shift(lat, lon)
    return lat + north, lon + east


def _to_bd(lat: Degrees, lon: Degrees) -> Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(np.radians(lat) * 3000)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(np.radians(lon) * 3000)
    return radius * np.sin(angle) + BAIDU_LAT, radius * np.cos(angle) + BAIDU_LON


def wgs84_to_gcj02(lat: Degrees, lon: Degrees) -> Pair:
    """WGS-84 → GCJ-02; outside the box the same position."""
    return _inside(_to_gcj, lat, lon)


def gcj02_to_wgs84(lat: Degrees, lon: Degrees) -> Pair:
    """GCJ-02 → WGS-84. The box is asked with the given position, as the published inverse does."""
    return _inside(lambda a, b: _inverse(_to_gcj, a, b), lat, lon)


def gcj02_to_bd09(lat: Degrees, lon: Degrees) -> Pair:
    """GCJ-02 → BD-09. Only inside the box, so that the rest of the world stays where it is."""
    return _inside(_to_bd, lat, lon)


def bd09_to_gcj02(lat: Degrees, lon: Degrees) -> Pair:
    """BD-09 → GCJ-02, the inverse of the above."""
    return _inside(lambda a, b: _inverse(_to_bd, a, b), lat, lon)


def wgs84_to_bd09(lat: Degrees, lon: Degrees) -> Pair:
    return gcj02_to_bd09(*wgs84_to_gcj02(lat, lon))


def bd09_to_wgs84(lat: Degrees, lon: Degrees) -> Pair:
    return gcj02_to_wgs84(*bd09_to_gcj02(lat, lon))


def to_wgs84(crs: Crs, lat: Degrees, lon: Degrees) -> Pair:
    """Positions of a list in `crs` as the book keeps them."""
    if crs is Crs.GCJ02:
        return gcj02_to_wgs84(lat, lon)
    if crs is Crs.BD09:
        return bd09_to_wgs84(lat, lon)
    return lat, lon


def distance_m(lat_a: Degrees, lon_a: Degrees, lat_b: Degrees, lon_b: Degrees) -> Degrees:
    """Great-circle distance in metres (haversine on the mean sphere, within 0.6 % of the ellipsoid)."""
    phi_a, phi_b = np.radians(lat_a), np.radians(lat_b)
    half_lat, half_lon = (phi_b - phi_a) / 2, np.radians(np.asarray(lon_b) - lon_a) / 2
    h = np.sin(half_lat) ** 2 + np.cos(phi_a) * np.cos(phi_b) * np.sin(half_lon) ** 2
    result: Degrees = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(h, 0, 1)))
    return result


class PositionFault(StrEnum):
    """Why a position cannot be true."""

    IMPOSSIBLE = "impossible_position"
    ZERO = "zero_position"
    SWAPPED = "swapped_position"


def lone_position_fault(lat: float, lon: float) -> PositionFault | None:
    """What one position alone gives away. Degrees as the list has them, before conversion.

    A latitude beyond ±90 whose exchange would be possible is called swapped: nearly all such lists have the
    two columns the wrong way round. The rest beyond the globe is impossible.
    """
    if lat == 0 and lon == 0:
        return PositionFault.ZERO
    if -90 <= lat <= 90 and -180 <= lon <= 180:
        return None
    if -90 <= lon <= 90 and -180 <= lat <= 180:
        return PositionFault.SWAPPED
    return PositionFault.IMPOSSIBLE


def swapped_positions(
    lat: Degrees, lon: Degrees, home: Box | None = None, near_degrees: float = 5.0
) -> NDArray[np.bool_]:
    """Which possible positions are the exchange of one that would lie among the others.

    Needed where both numbers are below 90 (Xinjiang, Europe), so that one row alone does not show it.
    Compared with the company's territory box (`home`) where there is one, otherwise with the list's own
    median: a row counts as swapped when it lies farther than `near_degrees` from there and its exchange
    does not. NaN is never swapped.
    """
    known = ~(np.isnan(lat) | np.isnan(lon))
    swapped = np.zeros(lat.shape, dtype=np.bool_)
    if home is not None:
        middle_lat, middle_lon = (home.south + home.north) / 2, (home.west + home.east) / 2
        reach_lat = (home.north - home.south) / 2 + near_degrees
        reach_lon = (home.east - home.west) / 2 + near_degrees
    elif known.sum() >= 3:
        middle_lat, middle_lon = float(np.median(lat[known])), float(np.median(lon[known]))
        reach_lat = reach_lon = near_degrees
    else:
        return swapped
    far = (np.abs(lat - middle_lat) > reach_lat) | (np.abs(lon - middle_lon) > reach_lon)
    exchanged_near = (np.abs(lon - middle_lat) <= reach_lat) & (np.abs(lat - middle_lon) <= reach_lon)
    swapped[known] = (far & exchanged_near)[known]
    return swapped
