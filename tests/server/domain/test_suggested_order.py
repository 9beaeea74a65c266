"""The x1.5 rule: its table of examples, and the laws that hold for every shelf."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.domain.errors import DomainError
from server.domain.suggested_order import explain, suggest
from tests.contracts import contract

CASES = contract("suggested_order")["cases"]
GOOD = [case for case in CASES if "expect" in case]
BAD = [case for case in CASES if "error" in case]

pieces = st.integers(0, 100_000)
packs = st.integers(1, 500)
thousandths = st.integers(0, 20_000)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case["name"])
def test_every_example_of_the_table_comes_out(case: dict[str, Any]) -> None:
    assert dataclasses.asdict(explain(**case["input"])) == case["expect"]
    assert suggest(**case["input"]) == case["expect"]["suggested"]


@pytest.mark.parametrize("case", BAD, ids=lambda case: case["name"])
def test_bad_input_names_the_field_and_the_rule(case: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=case["error"]["field"]) as caught:
        suggest(**case["input"])
    assert isinstance(caught.value, DomainError)
    assert (caught.value.field, caught.value.rule) == (case["error"]["field"], case["error"]["rule"])
    assert case["error"]["rule"] in str(caught.value)


@given(last=st.none() | pieces, delivered=st.none() | pieces, count=pieces, pack=packs, factor=thousandths)
def test_a_suggestion_is_whole_packs_and_never_negative(
    last: int | None, delivered: int | None, count: int, pack: int, factor: int
) -> None:
    found = explain(last, delivered, count, pack, factor / 1000)
    assert found.suggested >= 0
    assert found.suggested % pack == 0
    assert found.suggested == found.packs * pack
    assert found.sold >= 0


@given(last=pieces, delivered=pieces, count=pieces, pack=packs, factor=thousandths)
@example(last=10, delivered=0, count=0, pack=11, factor=1100)
def test_with_the_order_the_shelf_holds_the_safety_stock_and_less_than_a_pack_more(
    last: int, delivered: int, count: int, pack: int, factor: int
) -> None:
    suggested = suggest(last, delivered, count, pack, factor / 1000)
    safety = Fraction(max(0, last + delivered - count) * factor, 1000)
    assert count + suggested >= safety
    if suggested:
        assert count + suggested - pack < safety


@given(last=pieces, delivered=pieces, count=pieces, pack=packs)
def test_it_is_the_textbook_formula_in_exact_arithmetic(
    last: int, delivered: int, count: int, pack: int
) -> None:
    sold = max(0, last + delivered - count)
    wanted = max(Fraction(0), Fraction(3, 2) * sold - count)
    assert suggest(last, delivered, count, pack) == math.ceil(wanted / pack) * pack


@given(last=pieces, delivered=pieces, count=pieces, pack=packs)
def test_more_on_the_shelf_never_raises_a_measured_suggestion(
    last: int, delivered: int, count: int, pack: int
) -> None:
    assert suggest(last, delivered, count + 1, pack) <= suggest(last, delivered, count, pack)


@given(last=pieces, delivered=pieces, grown=st.integers(1, 1000), pack=packs, factor=thousandths)
def test_stock_that_grew_is_flagged_and_orders_nothing(
    last: int, delivered: int, grown: int, pack: int, factor: int
) -> None:
    found = explain(last, delivered, last + delivered + grown, pack, factor / 1000)
    assert (found.basis, found.sold, found.suggested) == ("stock_grew", 0, 0)


@given(pack=packs, factor=thousandths)
def test_a_first_visit_suggests_one_pack_for_an_empty_shelf(pack: int, factor: int) -> None:
    assert suggest(None, None, 0, pack, factor / 1000) == pack


@given(
    value=st.one_of(
        st.integers(max_value=-1), st.floats(), st.booleans(), st.text(), st.integers(min_value=1_000_000_001)
    ),
    field=st.sampled_from(["last_count", "delivered", "count", "pack"]),
)
def test_nothing_but_a_number_of_pieces_is_taken(value: Any, field: str) -> None:
    with pytest.raises(DomainError) as caught:
        suggest(**{"last_count": 1, "delivered": 1, "count": 1, "pack": 1, field: value})
    assert caught.value.field == field
