from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.deliveries import DeliveryLine, delivery_problems, delivery_status, load_sheet
from tests.contracts import contract

CASES = contract("deliveries")["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_was_handed_over_against_what_was_ordered(case: dict[str, Any]) -> None:
    lines = [DeliveryLine(*line) for line in case["lines"]]
    assert [[problem.field, problem.rule] for problem in delivery_problems(lines)] == case["expect"]
    if "status" in case:
        assert delivery_status(lines) == case["status"]


def test_a_load_sheet_has_one_row_a_sku_in_cases_and_units() -> None:
    sheet = load_sheet([(7, 24, 24), (3, 18, 12), (7, 25, 24)])
    assert [(row.sku_id, row.pieces, *row.cases) for row in sheet] == [(7, 49, 2, 1), (3, 18, 1, 6)]


def test_a_truck_without_orders_carries_nothing() -> None:
    assert load_sheet([]) == []


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(0, 10_000)).map(lambda pair: (*pair, 12)), max_size=50)
)
def test_a_load_sheet_carries_every_piece_once(lines: list[tuple[int, int, int]]) -> None:
    sheet = load_sheet(lines)
    assert sum(row.pieces for row in sheet) == sum(ordered for _, ordered, _ in lines)
    assert len({row.sku_id for row in sheet}) == len(sheet)
    assert all(row.cases.cases * 12 + row.cases.units == row.pieces for row in sheet)
