from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.kpi_tallies import (
    CallFacts,
    Line,
    Range,
    Tally,
    fold,
    span_after,
    span_before,
    span_start,
    tally_day,
)
from server.domain.kpis import COUNTS, DEFINITIONS, Call, PlannedStop, day_kpis, figure_of, window_around
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


# A month of two reps, reckoned by hand: 480 stops planned, 456 visited, 12 more calls off the plan.
MONTH = {
    "planned": 480,
    "planned_visited": 456,
    "in_order": 399,
    "timed": 450,
    "in_window": 360,
    "completed": 432,
    "calls": 468,
    "unplanned": 12,
    "productive": 312,
    "order_lines": 1_716,
    "order_minor": 31_200_001,
    "skus_counted": 9_000,
    "skus_zero": 450,
    "msl_required": 3_000,
    "msl_present": 2_700,
    "shelves": 4_000,
    "shelves_stocked": 2_500,
    "outlets": 120,
    "outlets_ordered": 102,
}
BY_HAND = {
    "completion": 0.95,
    "strike_rate": 312 / 468,
    "lines_per_call": 5.5,
    # 31,200,001 / 312 is 100,000 and a trace; money is whole minor units.
    "drop_size": 100_000,
    "coverage": 0.85,
    "distribution": 0.625,
    "msl_compliance": 0.9,
    "out_of_stock": 0.05,
    "sequence": 0.875,
    "window": 0.8,
    "completeness": 0.9,
}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.key)
def test_every_figure_is_what_a_hand_reckons(definition: Any) -> None:
    assert figure_of(definition, MONTH).value == pytest.approx(BY_HAND[definition.key], abs=0)


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda one: one.key)
def test_a_figure_without_a_whole_is_none_and_not_nought(definition: Any) -> None:
    assert figure_of(definition, {**MONTH, definition.denominator: 0}).value is None
    assert figure_of(definition, {}).value is None
    assert figure_of(definition, {**MONTH, definition.numerator: 0}).value == 0


def test_every_definition_names_counts_that_are_counted() -> None:
    known = {*COUNTS, "outlets", "outlets_ordered"}
    assert {name for one in DEFINITIONS for name in (one.numerator, one.denominator)} <= known
    assert len({one.key for one in DEFINITIONS}) == len(DEFINITIONS)


RANGE = Range(
    brand_of={1: 1, 2: 1, 3: 2, 9: 2},
    # SKU 9 is sold no more.
    sold={1: frozenset({1, 2}), 2: frozenset({3})},
    must_sell={"A": frozenset({1, 3})},
)


def test_a_day_is_counted_by_rep_and_class_and_by_rep_and_brand() -> None:
    plan = [
        (PlannedStop(10, (510, 570)), "A"),
        (PlannedStop(11, (540, 600)), "B"),
        (PlannedStop(12, None), "A"),
    ]
    calls = [
        CallFacts(11, "B", person_id=7, minute=530, complete=False, counts={1: 0, 9: 4}),
        CallFacts(
            10,
            "A",
            person_id=7,
            minute=540,
            complete=True,
            order_minor=900,
            lines=(Line(1, 600), Line(2, 300)),
            counts={1: 3, 3: 0},
        ),
    ]
    found = tally_day(plan, 5, calls, RANGE)
    plan_of_a, plan_of_b = found["c", 5, "A"].total(), found["c", 5, "B"].total()
    assert (plan_of_a["planned"], plan_of_a["planned_visited"], plan_of_a["completed"]) == (2, 1, 1)
    assert (plan_of_b["planned_visited"], plan_of_b["in_window"], plan_of_b["completed"]) == (1, 0, 0)
    # The second was reached before the first: one of the two was kept, the earlier in the plan.
    assert (plan_of_a["in_order"], plan_of_b["in_order"]) == (1, 0)
    sold = found["c", 7, "A"]
    assert sold.ordered == {10}
    assert sold.total() == {
        "calls": 1,
        "unplanned": 0,
        "productive": 1,
        "order_lines": 2,
        "order_minor": 900,
        "skus_counted": 2,
        "skus_zero": 1,
        "msl_required": 2,
        "msl_present": 1,
        "shelves_stocked": 1,
        "shelves": 3,
    }
    brand = found["b", 7, "1"].total()
    assert (brand["calls"], brand["productive"], brand["order_minor"], brand["skus_zero"]) == (2, 1, 600, 1)
    # SKU 9 was counted, but no shelf is asked to hold what is sold no more.
    assert found["b", 7, "2"].shelves == {11: (0, 1), 10: (0, 1)}


def test_days_add_up_but_an_outlet_is_one_and_its_shelf_is_as_it_stood_last() -> None:
    monday, friday = Tally(ordered={1, 2}, known={1, 2}), Tally(ordered={2}, known={2, 3})
    monday.counts.update(calls=4)
    friday.counts.update(calls=3)
    monday.shelves.update({1: (5, 10), 2: (9, 10)})
    friday.shelves.update({2: (4, 10)})
    week = fold([monday, friday])
    assert (week.ordered, week.known) == ({1, 2}, {1, 2, 3})
    assert week.total() == {"calls": 7, "shelves_stocked": 9, "shelves": 20}


def test_spans_begin_and_end_where_people_expect_them_to() -> None:
    sunday = date(2027, 1, 3)
    assert [span_start(span, sunday) for span in ("d", "w", "m")] == [
        sunday,
        date(2026, 12, 28),
        date(2027, 1, 1),
    ]
    assert span_after("m", date(2026, 12, 1)) == date(2027, 1, 1)
    assert span_after("m", date(2027, 2, 1)) == date(2027, 3, 1)
    assert span_before("m", date(2027, 1, 1), 2) == date(2026, 11, 1)
    assert span_before("w", date(2026, 12, 28), 1) == date(2026, 12, 21)
