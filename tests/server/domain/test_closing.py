"""Which stores are called back, and what closes a case."""

from __future__ import annotations

import pytest

from server.domain.closing import BY_HAND, ITEMS, Facts, closing_list, draw_call_backs, missing, waive_refusal
from server.domain.departures import HeldStore

STORES = [HeldStore(number, "A" if number < 10 else "BCD"[number % 3], number * 100) for number in range(110)]


def facts(**change: object) -> Facts:
    done: dict[str, object] = {
        "has_stores": True, "waiting": 0, "call_backs": 0, "property_left": 0, "is_signed": True,
        "by_item": dict.fromkeys(BY_HAND, "ticked"),
    }  # fmt: skip
    return Facts(**{**done, **change})  # type: ignore[arg-type]


def test_all_of_class_A_and_a_fifth_of_the_rest_are_called_back_the_same_whenever_it_is_drawn() -> None:
    drawn = draw_call_backs(STORES, 0.2, "departure:7")
    assert set(range(10)) <= set(drawn)
    assert len(drawn) == 10 + 20
    assert draw_call_backs(list(reversed(STORES)), 0.2, "departure:7") == drawn
    assert draw_call_backs(STORES, 0.2, "departure:8") != drawn


def test_a_larger_share_draws_those_of_a_smaller_one_and_more_and_the_ends_are_none_and_all() -> None:
    few, many = (set(draw_call_backs(STORES, share, "departure:7")) for share in (0.1, 0.5))
    assert few < many
    assert draw_call_backs(STORES, 0, "departure:7") == list(range(10))
    assert draw_call_backs(STORES, 1, "departure:7") == list(range(110))
    assert draw_call_backs([], 1, "departure:7") == []
    with pytest.raises(ValueError, match="0 to 1"):
        draw_call_backs(STORES, 1.1, "departure:7")


def test_stores_where_there_is_more_to_lose_are_drawn_more_often() -> None:
    known = [HeldStore(number, "C", 100, known_by=3) for number in range(50)]
    risky = [HeldStore(number, "C", 900, promises=1, known_by=0) for number in range(50, 100)]
    drawn = [one for seed in range(40) for one in draw_call_backs([*known, *risky], 0.2, f"departure:{seed}")]
    assert sum(one >= 50 for one in drawn) > 2 * sum(one < 50 for one in drawn)


def test_every_item_keeps_a_case_open_by_its_name_until_it_is_met_ticked_or_waived() -> None:
    assert missing(closing_list(facts())) == []
    nothing = facts(waiting=2, call_backs=3, property_left=4, is_signed=False, by_item={})
    assert [one.field for one in missing(closing_list(nothing))] == list(ITEMS)
    ticked = facts(
        waiting=2, call_backs=3, property_left=4, is_signed=False, by_item=dict.fromkeys(ITEMS, "ticked")
    )
    assert {one.field for one in missing(closing_list(ticked))} == set(ITEMS) - BY_HAND
    waived = facts(
        waiting=2, call_backs=3, property_left=4, is_signed=False, by_item=dict.fromkeys(ITEMS, "waived")
    )
    assert missing(closing_list(waived)) == []
    assert {one.state for one in closing_list(waived)} == {"waived"}


def test_neither_the_opener_nor_the_leaver_waives() -> None:
    assert waive_refusal("property_back", by=3, opened_by=1, leaver=2) == ""
    assert waive_refusal("property_back", by=1, opened_by=1, leaver=2) == "second_person"
    assert waive_refusal("property_back", by=2, opened_by=1, leaver=2) == "second_person"
    assert waive_refusal("all_of_it", by=3, opened_by=1, leaver=2) == "unknown_item"
