"""The retention watch: what it finds, what it leaves alone, and what it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import DomainError
from server.domain.retention import CYCLES, WatchTerms, cycle_sums, order_cycle, tally, watch
from tests.sales_histories import BEFORE, made_up_noise, town

SEASON = [100.0, 140.0, 80.0, 60.0] * 20


def peers(volumes: list[float], count: int = 8) -> list[list[float]]:
    return [[volume * (1 + 0.1 * number) for volume in volumes] for number in range(count)]


def fallen(volumes: list[float], handed: int, share: float) -> list[float]:
    return [volume * (share if at >= handed else 1) for at, volume in enumerate(volumes)]


def test_a_store_that_orders_as_its_peers_do_is_kept_whatever_the_season() -> None:
    verdict = watch(SEASON, 60, peers(SEASON))
    assert (verdict.state, verdict.alarm, verdict.reason) == ("kept", False, "as_expected")
    assert verdict.share == pytest.approx(1.0, abs=0.02)


def test_a_slump_that_all_stores_share_raises_no_alarm() -> None:
    slump = fallen(SEASON, 60, 0.4)
    assert watch(slump, 60, peers(slump)).alarm is False
    assert watch(slump, 60, peers(SEASON)).alarm is True


def test_a_store_that_loses_most_of_its_volume_is_found_within_three_cycles_and_told_why() -> None:
    verdict = watch(fallen(SEASON, 60, 0.4), 60, peers(SEASON))
    assert (verdict.state, verdict.reason) == ("shrunk", "orders_fell")
    assert verdict.alarm_cycle is not None
    assert verdict.alarm_cycle <= 3
    assert verdict.share == pytest.approx(0.4, abs=0.02)
    assert verdict.peers == 8


def test_one_bad_week_is_no_alarm() -> None:
    volumes = list(SEASON)
    volumes[62] = 0.0
    assert watch(volumes, 60, peers(SEASON)).alarm is False


def test_a_store_that_stops_ordering_is_lost() -> None:
    verdict = watch(fallen(SEASON, 60, 0.0), 60, peers(SEASON))
    assert (verdict.state, verdict.reason, verdict.without_order) == ("lost", "orders_stopped", 20)


def test_without_similar_stores_its_own_history_decides_and_the_reason_says_so() -> None:
    verdict = watch(fallen([100.0] * 80, 60, 0.3), 60, [])
    assert (verdict.reason, verdict.peers) == ("orders_fell_own_history", 0)


def test_too_little_history_gives_no_verdict() -> None:
    assert watch([0.0] * 58 + [10.0, 10.0, 5.0], 60, []).state == "too_little"
    assert watch(SEASON, len(SEASON), peers(SEASON)).reason == "no_cycle_yet"


@pytest.mark.parametrize("cycle", CYCLES)
def test_a_store_is_judged_by_its_own_order_cycle(cycle: int) -> None:
    volumes = [120.0 if at % cycle == 0 else 0.0 for at in range(80)]
    assert order_cycle(volumes) == cycle
    assert watch(volumes, 60, peers(volumes)).state == "kept"


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.data(), st.sampled_from(CYCLES))
def test_whole_cycles_around_the_handover_count_no_week_twice(
    volumes: list[float], data: st.DataObject, cycle: int
) -> None:
    handed = data.draw(st.integers(0, len(volumes)))
    before, after = cycle_sums(volumes, handed, cycle)
    assert len(before) == handed // cycle
    assert len(after) == (len(volumes) - handed) // cycle
    assert sum(before) + sum(after) <= sum(volumes) * (1 + 1e-9)


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=80), st.data())
def test_any_history_gets_a_verdict_and_more_volume_never_raises_an_alarm(
    volumes: list[float], data: st.DataObject
) -> None:
    handed = data.draw(st.integers(0, len(volumes)))
    verdict = watch(volumes, handed, [])
    more = [volume * 3 if at >= handed else volume for at, volume in enumerate(volumes)]
    assert not (watch(more, handed, []).alarm and not verdict.alarm)


def test_terms_that_cannot_find_anything_are_refused() -> None:
    with pytest.raises(DomainError):
        WatchTerms(clip=9.0)
    with pytest.raises(DomainError):
        watch([1.0], 2, [])
    with pytest.raises(DomainError):
        watch([1.0, 1.0], 1, [[1.0]])


def test_planted_defections_are_found_among_the_noise_of_real_weeks() -> None:
    """A small sample; the figures are `make bench ONLY=leaver.watch`."""
    made = town(made_up_noise(), 3, stores=120, handed=50)
    others = [tuple(row) for row in made.orders[~made.handed]]
    verdicts = {one: watch(tuple(made.orders[one]), BEFORE, others) for one in np.flatnonzero(made.handed)}
    hit = [one for one in verdicts if made.defected[one] and verdicts[one].alarm]
    false = [one for one in verdicts if not made.defected[one] and verdicts[one].alarm]
    assert len(hit) >= 9, "of ten"
    assert len(false) <= 2, "of forty"
    counted = tally(list(verdicts.values()))
    assert counted.kept + counted.shrunk + counted.lost + counted.too_little == 50
