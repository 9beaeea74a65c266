from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import DomainError
from server.domain.orders import (
    CHANGE_REASONS,
    MAX_LINES,
    MAX_PIECE_MINOR,
    Declined,
    OrderLine,
    line_total,
    order_problems,
    order_total,
)
from server.domain.quantities import MAX_PIECES
from tests.contracts import contract

TABLE = contract("orders")


def name(case: dict[str, Any]) -> str:
    return str(case["name"])


@pytest.mark.parametrize("case", TABLE["problems"], ids=name)
def test_H2_what_keeps_an_order_from_being_right(case: dict[str, Any]) -> None:
    lines = [OrderLine(**(TABLE["line"] | line)) for line in case["lines"]]
    declined = [Declined(**(TABLE["gone"] | gone)) for gone in case["declined"]]
    found = [[problem.field, problem.rule] for problem in order_problems(lines, declined)]
    assert found == case["expect"]


@pytest.mark.parametrize("case", TABLE["totals"], ids=name)
def test_a_total_is_exact_in_minor_units(case: dict[str, Any]) -> None:
    lines = [
        OrderLine(index, quantity, None, price, 1) for index, (quantity, price) in enumerate(case["lines"])
    ]
    if "expect" in case:
        assert order_total(lines) == case["expect"]
        return
    with pytest.raises(DomainError) as caught:
        order_total(lines)
    assert (caught.value.field, caught.value.rule) == (case["error"]["field"], case["error"]["rule"])


def test_an_order_of_more_lines_than_any_catalogue_is_refused_in_one_problem() -> None:
    lines = [OrderLine(sku, -1, 0, -1, 0) for sku in range(MAX_LINES + 1)]
    assert [(problem.field, problem.rule) for problem in order_problems(lines)] == [("lines", "at_most")]


def test_the_largest_order_stays_exact_on_the_phone() -> None:
    assert MAX_LINES * MAX_PIECES * MAX_PIECE_MINOR < 2**53


def test_a_problem_says_itself_in_words_with_its_figures() -> None:
    [problem] = order_problems([OrderLine(1, 25, 25, 350, 12)])
    assert str(problem) == "lines.0.quantity must be a multiple of the pack of 12 (multiple_of_pack)"


@given(packs=st.integers(1, 100), pack=st.integers(1, 500), price=st.integers(0, MAX_PIECE_MINOR))
def test_an_order_accepted_as_suggested_is_right(packs: int, pack: int, price: int) -> None:
    quantity = packs * pack
    assert order_problems([OrderLine(1, quantity, quantity, price, pack)]) == []
    assert line_total(quantity, price) == quantity * price


@given(quantity=st.integers(1, MAX_PIECES), suggested=st.integers(0, MAX_PIECES))
def test_a_change_is_right_with_any_reason_of_the_list_and_wrong_without(
    quantity: int, suggested: int
) -> None:
    for reason in CHANGE_REASONS:
        assert order_problems([OrderLine(1, quantity, suggested, 1, 1, reason)]) == []
    bare = order_problems([OrderLine(1, quantity, suggested, 1, 1)])
    assert [problem.rule for problem in bare] == (["reason_required"] if quantity != suggested else [])
