"""Distances on the WGS-84 ellipsoid, for whole tables at once.

Vincenty's inverse formula (1975) in numpy: within a micrometre of the exact geodesic away from antipodes. Pairs on
which it does not converge (nearly antipodal ones) fall back to the great circle on the mean sphere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAJOR = 6378137.0  # metres
FLATTENING = 1.0 / 298.257223563
MINOR = MAJOR * (1.0 - FLATTENING)
MEAN_RADIUS = 6371008.8
ROUNDS = 60


def _finish(cos2_alpha: Floats, sin_s: Floats, cos_s: Floats, cos_2m: Floats, sigma: Floats) -> Floats:
    u2 = cos2_alpha * (MAJOR**2 - MINOR**2) / MINOR**2
    a = 1.0 + u2 / 16384.0 * (4096.0 + u2 * (-768.0 + u2 * (320.0 - 175.0 * u2)))
    b = u2 / 1024.0 * (256.0 + u2 * (-128.0 + u2 * (74.0 - 47.0 * u2)))
    inner = cos_s * (-1.0 + 2.0 * cos_2m**2)
    inner -= b / 6.0 * cos_2m * (-3.0 + 4.0 * sin_s**2) * (-3.0 + 4.0 * cos_2m**2)
    delta = b * sin_s * (cos_2m + b / 4.0 * inner)
    return MINOR * a * (sigma - delta)


def geodesic_metres(origins: Floats, targets: Floats) -> Floats:
    """(n, m) metres from each origin to each target; both (·, 2) as longitude, latitude in degrees."""
    origins, targets = np.radians(origins).reshape(-1, 2), np.radians(targets).reshape(-1, 2)
    reduced_a = np.arctan((1.0 - FLATTENING) * np.tan(origins[:, 1]))
    reduced_b = np.arctan((1.0 - FLATTENING) * np.tan(targets[:, 1]))
    shape = (len(origins), len(targets))
    gap = np.broadcast_to(targets[None, :, 0] - origins[:, None, 0], shape).ravel()
    gap = (gap + np.pi) % (2.0 * np.pi) - np.pi
    sin_a = np.repeat(np.sin(reduced_a), shape[1])
    cos_a = np.repeat(np.cos(reduced_a), shape[1])
    sin_b = np.tile(np.sin(reduced_b), shape[0])
    cos_b = np.tile(np.cos(reduced_b), shape[0])
    metres = np.zeros(gap.size)
    alive = np.flatnonzero((gap != 0.0) | (sin_a != sin_b))
    length = gap[alive].copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(ROUNDS):
            if alive.size == 0:
                break
            args = (gap[alive], sin_a[alive], cos_a[alive], sin_b[alive], cos_b[alive], length)
            updated, finished = _vincenty_step(*args)
            done = np.abs(updated - length) < 1e-12
            metres[alive[done]] = finished[done]
            alive, length = alive[~done], updated[~done]
    if alive.size:
        product = sin_a[alive] * sin_b[alive] + cos_a[alive] * cos_b[alive] * np.cos(gap[alive])
        metres[alive] = MEAN_RADIUS * np.arccos(np.clip(product, -1.0, 1.0))
    return metres.reshape(shape)


def _vincenty_step(
    gap: Floats, sin_a: Floats, cos_a: Floats, sin_b: Floats, cos_b: Floats, length: Floats
) -> tuple[Floats, Floats]:
    sin_l, cos_l = np.sin(length), np.cos(length)
    sin_s = np.sqrt((cos_b * sin_l) ** 2 + (cos_a * sin_b - sin_a * cos_b * cos_l) ** 2)
    cos_s = sin_a * sin_b + cos_a * cos_b * cos_l
    sigma = np.arctan2(sin_s, cos_s)
    sin_alpha = np.where(sin_s == 0.0, 0.0, cos_a * cos_b * sin_l / sin_s)
    cos2_alpha = 1.0 - sin_alpha**2
    cos_2m = np.where(cos2_alpha == 0.0, 0.0, cos_s - 2.0 * sin_a * sin_b / cos2_alpha)
    c = FLATTENING / 16.0 * cos2_alpha * (4.0 + FLATTENING * (4.0 - 3.0 * cos2_alpha))
    inner = sigma + c * sin_s * (cos_2m + c * cos_s * (-1.0 + 2.0 * cos_2m**2))
    updated = gap + (1.0 - c) * FLATTENING * sin_alpha * inner
    return updated, _finish(cos2_alpha, sin_s, cos_s, cos_2m, sigma)


def local_plane(places: Floats, around: Floats) -> Floats:
    """(n, 2) metres east and north of the middle of `around`; good within a few hundred kilometres."""
    middle = around.mean(axis=0)
    lat = np.radians(middle[1])
    e2 = FLATTENING * (2.0 - FLATTENING)
    root = 1.0 - e2 * np.sin(lat) ** 2
    east = MAJOR / np.sqrt(root) * np.cos(lat) * np.radians(places[:, 0] - middle[0])
    north = MAJOR * (1.0 - e2) / root**1.5 * np.radians(places[:, 1] - middle[1])
    return np.column_stack([east, north])
