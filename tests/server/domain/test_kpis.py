from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.kpis import Call, PlannedStop, day_kpis, window_around
from tests.contracts import contract

TABLE = contract("kpis")


def plain(value: Any) -> Any:
    return value[0] / value[1] if isinstance(value, list) else value


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_the_figures_of_a_day(case: dict[str, Any]) -> None:
    plan = [PlannedStop(outlet, tuple(window) if window else None) for outlet, window in case["plan"]]
    calls = [Call(**(TABLE["call"] | call)) for call in case["calls"]]
    expected = {key: plain(value) for key, value in case["expect"].items()}
    assert dataclasses.asdict(day_kpis(plan, calls)) == expected


@pytest.mark.parametrize("case", TABLE["windows"], ids=lambda case: str(case["planned_minute"]))
def test_a_time_window_is_half_an_hour_either_way(case: dict[str, Any]) -> None:
    found = window_around(case["planned_minute"])
    assert (None if found is None else list(found)) == case["expect"]


some_calls = st.lists(
    st.builds(
        Call,
        outlet_id=st.integers(1, 8),
        minute=st.integers(0, 1439),
        complete=st.booleans(),
        order_lines=st.integers(0, 40),
        order_minor=st.integers(0, 10**7),
    ),
    max_size=12,
)
some_plan = st.lists(st.integers(1, 8), unique=True, max_size=8).map(
    lambda outlets: [PlannedStop(outlet, (540, 600)) for outlet in outlets]
)


@given(plan=some_plan, calls=some_calls)
def test_shares_lie_between_nothing_and_all(plan: list[PlannedStop], calls: list[Call]) -> None:
    found = day_kpis(plan, calls)
    shares = (
        found.completion,
        found.strike_rate,
        found.adherence_sequence,
        found.adherence_window,
        found.adherence_completeness,
    )
    assert all(share is None or 0 <= share <= 1 for share in shares)
    assert (found.strike_rate is None) is (not calls)
    assert (found.completion is None) is (not plan)
    assert found.planned_visited <= min(found.planned, found.calls - found.unplanned)


@given(plan=some_plan)
def test_a_day_walked_as_planned_keeps_its_sequence(plan: list[PlannedStop]) -> None:
    found = day_kpis(plan, [Call(stop.outlet_id, 560) for stop in plan])
    if plan:
        assert (found.completion, found.adherence_sequence, found.adherence_window) == (1, 1, 1)
