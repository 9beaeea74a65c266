"""Positions: our vectorised formulas against the published ones, and positions that cannot be true."""

import math
import warnings

import numpy as np
import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import coordinates
from server.domain.coordinates import (
    Box,
    Crs,
    PositionFault,
    distance_m,
    lone_position_fault,
    swapped_positions,
    to_wgs84,
)

# Well inside the formula's box, so that a shifted position is inside it too.
inland_lat = st.floats(3.0, 53.0, allow_nan=False)
inland_lon = st.floats(74.0, 135.0, allow_nan=False)


def one(lat: float, lon: float) -> tuple[np.ndarray, np.ndarray]:
    return np.array([lat]), np.array([lon])


def metres(a: tuple[np.ndarray, np.ndarray], lat: float, lon: float) -> float:
    return float(distance_m(a[0], a[1], *one(lat, lon))[0])


@given(inland_lat, inland_lon)
def test_gcj02_and_bd09_equal_the_published_formulas(lat: float, lon: float) -> None:
    gcj = prcoords.wgs_gcj((lat, lon))
    assert metres(coordinates.wgs84_to_gcj02(*one(lat, lon)), gcj.lat, gcj.lon) < 1e-3
    bd = prcoords.wgs_bd((lat, lon))
    assert metres(coordinates.wgs84_to_bd09(*one(lat, lon)), bd.lat, bd.lon) < 1e-3


@given(inland_lat, inland_lon)
def test_there_and_back_is_within_a_decimetre(lat: float, lon: float) -> None:
    gcj = coordinates.wgs84_to_gcj02(*one(lat, lon))
    assert metres(coordinates.gcj02_to_wgs84(*gcj), lat, lon) < 0.1
    bd = coordinates.wgs84_to_bd09(*one(lat, lon))
    assert metres(coordinates.bd09_to_wgs84(*bd), lat, lon) < 0.1


def test_the_exact_inverse_of_the_reference_library_agrees_in_hong_kong() -> None:
    lat, lon = 22.27763, 114.1705
    exact = prcoords.gcj_wgs_bored((lat, lon))
    assert metres(to_wgs84(Crs.GCJ02, *one(lat, lon)), exact.lat, exact.lon) < 0.1
    exact = prcoords.bd_wgs_bored((lat, lon))
    assert metres(to_wgs84(Crs.BD09, *one(lat, lon)), exact.lat, exact.lon) < 0.1


def test_hong_kong_lies_in_the_box_and_is_shifted_by_some_hundred_metres() -> None:
    assert 400 < metres(to_wgs84(Crs.GCJ02, *one(22.27763, 114.1705)), 22.27763, 114.1705) < 800


def test_outside_the_box_nothing_is_shifted() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert prcoords.wgs_gcj((48.85, 2.35)) == (48.85, 2.35)
    for crs in Crs:
        lat, lon = to_wgs84(crs, *one(48.85, 2.35))
        assert (lat[0], lon[0]) == (48.85, 2.35)


def test_wgs84_is_left_exactly_as_it_was() -> None:
    lat, lon = to_wgs84(Crs.WGS84, *one(22.27763, 114.1705))
    assert (lat[0], lon[0]) == (22.27763, 114.1705)


def test_a_missing_position_stays_missing_beside_others() -> None:
    lat, lon = to_wgs84(Crs.GCJ02, np.array([np.nan, 30.0]), np.array([np.nan, 120.0]))
    assert math.isnan(lat[0])
    assert math.isnan(lon[0])
    assert lat[1] != 30.0


def test_a_degree_of_latitude_is_111_km() -> None:
    assert metres(one(30.0, 110.0), 31.0, 110.0) == pytest.approx(111_195, abs=1)


@pytest.mark.parametrize(
    ("lat", "lon", "fault"),
    [
        (22.3, 114.2, None),
        (-90.0, 180.0, None),
        (0.0, 0.0, PositionFault.ZERO),
        (0.0, 10.0, None),
        (114.2, 22.3, PositionFault.SWAPPED),
        (95.0, 120.0, PositionFault.IMPOSSIBLE),
        (22.3, 214.2, PositionFault.IMPOSSIBLE),
        (1e18, 114.0, PositionFault.IMPOSSIBLE),
    ],
)
def test_a_position_alone_shows_what_is_impossible(lat: float, lon: float, fault: str | None) -> None:
    assert lone_position_fault(lat, lon) is fault


def test_a_swapped_row_in_xinjiang_shows_against_the_lists_own_median() -> None:
    lat = np.array([43.80, 43.85, 87.60, 43.79, np.nan])
    lon = np.array([87.60, 87.55, 43.82, 87.61, np.nan])
    assert swapped_positions(lat, lon).tolist() == [False, False, True, False, False]


def test_a_store_far_away_is_not_called_swapped() -> None:
    lat = np.array([43.80, 43.85, 39.90, 43.79])
    lon = np.array([87.60, 87.55, 116.40, 87.61])
    assert not swapped_positions(lat, lon).any()


def test_a_list_that_is_swapped_as_a_whole_shows_against_the_territory_box() -> None:
    lat, lon = np.array([87.60, 87.55, 87.61]), np.array([43.80, 43.85, 43.79])
    assert not swapped_positions(lat, lon).any()
    assert swapped_positions(lat, lon, home=Box(43.0, 87.0, 44.5, 88.5)).all()


def test_two_rows_alone_have_no_median_to_be_judged_by() -> None:
    assert not swapped_positions(np.array([43.8, 87.6]), np.array([87.6, 43.8])).any()


def test_a_box_inside_out_is_refused() -> None:
    with pytest.raises(ValueError, match="no box"):
        Box(10, 0, 5, 1)
