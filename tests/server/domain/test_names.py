"""H4, H5: names compared by how they look, without a locale."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.names import fold, is_user_name, similarity, skeleton
from tests.contracts import contract

TABLE = contract("names")


@pytest.mark.parametrize(("typed", "expect"), TABLE["fold"])
def test_H5_a_text_is_folded_without_a_locale(typed: str, expect: str) -> None:
    assert fold(typed) == expect


@pytest.mark.parametrize(("typed", "expect"), TABLE["skeleton"])
def test_H4_a_skeleton_is_how_a_name_looks(typed: str, expect: str) -> None:
    assert skeleton(typed) == expect


@pytest.mark.parametrize("case", TABLE["similarity"], ids=lambda case: case["name"])
def test_names_are_alike_by_their_letter_pairs(case: dict[str, Any]) -> None:
    common, total = case["expect"]
    assert similarity(case["a"], case["b"], case["chain"]) == common / total
    assert similarity(case["b"], case["a"], case["chain"]) == common / total


@pytest.mark.parametrize("text", ["mei", "wong.siu-ming_2", "7a", "a" * 32])
def test_a_user_name_is_plain(text: str) -> None:
    assert is_user_name(text)


@pytest.mark.parametrize("text", ["", "a", "Mei", "mеi", "美", "-mei", "mei\n", "a" * 33, "mei wong", "٣mei"])
def test_H4_a_user_name_that_could_be_mistaken_is_refused(text: str) -> None:
    assert not is_user_name(text)


names = st.text(max_size=30)


@given(names)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="abcXYZ 便利店éßİıΣςАВС７１-", max_size=20))
def test_a_skeleton_of_a_skeleton_is_itself(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)


@given(names, names)
def test_similarity_is_a_share_and_goes_both_ways(a: str, b: str) -> None:
    assert 0 <= similarity(a, b) <= 1
    assert similarity(a, b) == similarity(b, a)
