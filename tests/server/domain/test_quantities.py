from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import DomainError
from server.domain.quantities import pieces, split
from tests.contracts import contract

TABLE = contract("quantities")


@pytest.mark.parametrize("case", TABLE["pieces"], ids=lambda case: str(case["input"]))
def test_cases_and_units_become_pieces(case: dict[str, Any]) -> None:
    if "expect" in case:
        assert pieces(*case["input"]) == case["expect"]
        return
    with pytest.raises(DomainError) as caught:
        pieces(*case["input"])
    assert (caught.value.field, caught.value.rule) == (case["error"]["field"], case["error"]["rule"])


@pytest.mark.parametrize("case", TABLE["split"], ids=lambda case: str(case["input"]))
def test_pieces_are_said_as_cases_and_units(case: dict[str, Any]) -> None:
    if "expect" in case:
        assert list(split(*case["input"])) == case["expect"]
        return
    with pytest.raises(DomainError) as caught:
        split(*case["input"])
    assert (caught.value.field, caught.value.rule) == (case["error"]["field"], case["error"]["rule"])


@given(quantity=st.integers(0, 100_000), pack=st.integers(1, 1000))
def test_split_and_pieces_are_inverse(quantity: int, pack: int) -> None:
    cases, units = split(quantity, pack)
    assert units < pack
    assert pieces(cases, units, pack) == quantity
