import json

import numpy as np
import pytest
from geopy.distance import geodesic

from routes_planner.errors import ProblemError, TravelError
from routes_planner.travel.estimate import Estimate
from routes_planner.travel.geodesic import geodesic_metres
from routes_planner.travel.roads import RoadService

HK = np.array([[114.17, 22.28], [114.20, 22.33], [113.94, 22.28]])


def test_distances_are_those_of_geopy_to_the_millimetre():
    rng = np.random.default_rng(1)
    places = np.column_stack([rng.uniform(-179, 179, 40), rng.uniform(-80, 80, 40)])
    ours = geodesic_metres(places, places)
    for a in range(0, 40, 3):
        for b in range(0, 40, 4):
            theirs = geodesic(places[a][::-1], places[b][::-1]).meters
            if theirs < 19_900_000:
                assert ours[a, b] == pytest.approx(theirs, abs=1e-3)


def test_nearly_antipodal_places_have_a_finite_distance():
    metres = geodesic_metres(np.array([[0.0, 0.0]]), np.array([[179.7, 0.3]]))
    assert metres[0, 0] == pytest.approx(geodesic((0.0, 0.0), (0.3, 179.7)).meters, rel=0.005)


def test_a_table_of_a_thousand_places_is_that_of_its_pairs():
    rng = np.random.default_rng(2)
    places = np.column_stack([rng.uniform(113, 115, 1000), rng.uniform(22, 24, 1000)])
    metres = geodesic_metres(places, places)
    assert metres.shape == (1000, 1000)
    for a, b in rng.integers(0, 1000, (50, 2)):
        theirs = geodesic(places[a][::-1], places[b][::-1]).meters
        assert metres[a, b] == pytest.approx(theirs, abs=1e-3)


def test_the_estimate_is_distance_times_detour_at_a_speed():
    table = Estimate(detour=1.5, kmh=30.0, stop_minutes=2.0).table(HK)
    expected = geodesic(HK[0][::-1], HK[1][::-1]).km * 1.5 / 30.0 * 60.0 + 2.0
    assert table.minutes[0, 1] == pytest.approx(expected)
    assert table.minutes[0, 0] == 0.0
    assert not table.fell_back


def test_positions_that_are_not_degrees_are_refused_by_number():
    with pytest.raises(ProblemError) as refused:
        Estimate().table(np.array([[114.0, 22.0], [22.0, 114.0]]))
    assert refused.value.field == "places[1]"


class Roads:
    """A table service that answers as told, and counts."""

    def __init__(self, kind: str, failures: int = 0, answer: bytes | None = None) -> None:
        self.kind, self.failures, self.answer = kind, failures, answer
        self.asked: list[str] = []

    def __call__(self, address: str, body: bytes | None, seconds: float) -> bytes:
        self.asked.append(address)
        if len(self.asked) <= self.failures:
            raise TravelError("refused")
        if self.answer is not None:
            return self.answer
        if self.kind == "osrm":
            query = dict(part.split("=") for part in address.split("?")[1].split("&"))
            shape = (len(query["sources"].split(";")), len(query["destinations"].split(";")))
            return json.dumps({"code": "Ok", "durations": np.full(shape, 600.0).tolist()}).encode()
        sent = json.loads(body or b"{}")
        cell = {"time": 600}
        return json.dumps(
            {"sources_to_targets": [[cell] * len(sent["targets"])] * len(sent["sources"])}
        ).encode()


def service(roads: Roads, **change) -> RoadService:
    return RoadService(roads.kind, "http://127.0.0.1:5000", fetch=roads, sleep=lambda _: None, **change)


@pytest.mark.parametrize("kind", ["osrm", "valhalla"])
def test_a_road_service_gives_minutes_in_blocks(kind):
    roads = Roads(kind)
    table = service(roads, block=2).table(HK)
    assert len(roads.asked) == 4
    assert table.minutes[0, 2] == 10.0
    assert table.minutes[1, 1] == 0.0
    assert not table.fell_back


def test_what_was_asked_once_is_remembered():
    roads = Roads("osrm")
    asked = service(roads)
    asked.table(HK)
    asked.table(HK)
    assert len(roads.asked) == 1


def test_a_failed_request_is_tried_again():
    roads = Roads("osrm", failures=2)
    assert not service(roads, tries=3).table(HK).fell_back
    assert len(roads.asked) == 3


def test_when_the_service_stays_away_the_estimate_stands_in_and_says_so():
    table = service(Roads("osrm", failures=9), tries=2).table(HK)
    assert table.fell_back
    assert "the road service failed" in table.source
    assert (table.minutes == Estimate().table(HK).minutes).all()


@pytest.mark.parametrize(
    "answer", [b"<html>", b"[]", b'{"code":"Ok","durations":[[1]]}', b'{"code":"NoSegment"}']
)
def test_an_answer_that_makes_no_sense_is_a_failure(answer):
    assert service(Roads("osrm", answer=answer), tries=1).table(HK).fell_back


def test_a_pair_without_a_road_is_estimated_and_told():
    rows = [[0, None, 60], [60, 0, 60], [60, 60, 0]]
    answer = json.dumps({"code": "Ok", "durations": rows}).encode()
    table = service(Roads("osrm", answer=answer)).table(HK)
    assert table.minutes[0, 1] == pytest.approx(Estimate().table(HK).minutes[0, 1])
    assert table.minutes[0, 2] == 1.0
    assert "1 pairs without a road" in table.source
    assert table.fell_back


def test_only_http_addresses_are_asked():
    with pytest.raises(ProblemError, match="must begin with http"):
        RoadService("osrm", "file:///etc/passwd")
