from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import DomainError
from server.domain.outlets import MOST_COMPARED, NearDuplicates, distance_m, near_duplicate
from tests.contracts import contract

DISTANCES = contract("distance")
NAMES = contract("names")


@pytest.mark.parametrize("case", DISTANCES["cases"], ids=lambda case: case["name"])
def test_metres_between_two_positions(case: dict[str, Any]) -> None:
    found = distance_m(*case["a"], *case["b"])
    assert found == pytest.approx(case["expect"], abs=DISTANCES["tolerance_m"])


@pytest.mark.parametrize("case", DISTANCES["errors"], ids=lambda case: case["name"])
def test_a_position_on_no_globe_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as caught:
        distance_m(*case["a"], *case["b"])
    assert (caught.value.field, caught.value.rule) == (case["error"]["field"], case["error"]["rule"])


@pytest.mark.parametrize("case", NAMES["near_duplicates"], ids=lambda case: case["name"])
def test_H4_two_outlets_that_may_be_one(case: dict[str, Any]) -> None:
    assert near_duplicate(case["a"], case["b"], case["distance"], case["chain"]) == case["expect"]
    assert near_duplicate(case["b"], case["a"], case["distance"], case["chain"]) == case["expect"]


latitudes, longitudes = st.floats(-85, 85), st.floats(-179, 179)


@given(latitudes, longitudes, latitudes, longitudes)
def test_a_distance_goes_both_ways_and_never_beyond_half_the_globe(
    a_lat: float, a_lon: float, b_lat: float, b_lon: float
) -> None:
    there, back = distance_m(a_lat, a_lon, b_lat, b_lon), distance_m(b_lat, b_lon, a_lat, a_lon)
    assert there == pytest.approx(back, abs=1e-6)
    assert 0 <= there <= 20_015_115


shops = st.lists(
    st.tuples(
        st.sampled_from(["永發士多", "永發士多店", "永發辦館", "OK便利店", "ОК便利店"]),
        st.floats(-0.004, 0.004),
        st.floats(-0.004, 0.004),
    ),
    max_size=12,
)


@given(shops=shops, latitude=latitudes, longitude=longitudes)
def test_the_grid_finds_exactly_what_comparing_all_pairs_finds(
    shops: list[tuple[str, float, float]], latitude: float, longitude: float
) -> None:
    stretch = math.cos(
        math.radians(latitude)
    )  # so that shops lie metres, not kilometres, apart near the poles
    placed = [(name, latitude + up, longitude + across * 0.9 / stretch) for name, up, across in shops]
    placed = [(name, lat, max(-180.0, min(180.0, lon))) for name, lat, lon in placed]
    known: NearDuplicates[int] = NearDuplicates()
    for index, (name, lat, lon) in enumerate(placed):
        found = {neighbour.key: neighbour.kind for neighbour in known.find(name, lat, lon)}
        expected = {}
        for other in range(index):
            o_name, o_lat, o_lon = placed[other]
            kind = near_duplicate(name, o_name, distance_m(lat, lon, o_lat, o_lon))
            if kind:
                expected[other] = kind
        assert found == expected
        known.add(index, name, lat, lon)


def test_neighbours_come_nearest_first() -> None:
    known: NearDuplicates[str] = NearDuplicates()
    known.add("far", "永發士多", 22.2781, 114.17)
    known.add("near", "永發士多", 22.2771, 114.17)
    assert [neighbour.key for neighbour in known.find("永發士多", 22.277, 114.17)] == ["near", "far"]


def test_a_known_outlet_without_a_true_position_is_refused() -> None:
    with pytest.raises(DomainError, match="position"):
        NearDuplicates[int]().add(1, "永發士多", math.nan, 114.17)


def test_a_list_that_puts_every_outlet_on_one_spot_is_compared_within_bounds() -> None:
    known: NearDuplicates[int] = NearDuplicates()
    for index in range(3 * MOST_COMPARED):
        known.add(index, "永發士多", 22.3, 114.17)
    assert len(known.find("永發士多", 22.3, 114.17)) == MOST_COMPARED
