"""Numbers are shown masked, by one rule on server and phone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.masking import HIDDEN, mask_numbers, mask_phone
from tests.contracts import contract

CASES = contract("masking")["cases"]
DIGITS = "0123456789"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_number_is_masked(case: dict[str, Any]) -> None:
    assert mask_phone(case["phone"]) == case["shown"]


def shown_digits(text: str) -> int:
    return sum(one in DIGITS for one in text)


@given(st.text(alphabet=DIGITS + "+-() /,x转ext#", min_size=1, max_size=40))
def test_never_more_is_shown_than_seven_of_eleven_or_two_of_five_digits(phone: str) -> None:
    masked = mask_phone(phone)
    most = 7 if masked[:1] == "1" else min(4, shown_digits(phone) * 2 // 5)
    assert shown_digits(masked) <= most
    assert masked == "" or HIDDEN in masked


@given(st.text(max_size=60))
def test_masking_twice_shows_no_more_than_masking_once(phone: str) -> None:
    once = mask_phone(phone)
    assert shown_digits(mask_phone(once)) <= shown_digits(once)


def test_numbers_within_texts_are_masked_and_everything_else_stays() -> None:
    body = {
        "proposal_id": "0193f0a2-1111-7222-8333-123456789012",
        "contact_phone": "13912345678",
        "note": "老板电话 139 1234 5678，周一到店",
        "due": "2026-11-30",
        "latitude": 22.3193001,
        "count": 12345678,
        "lines": [["S001", 24], "+852 5123 4567"],
    }
    assert mask_numbers(body) == {
        **body,
        "contact_phone": "139****5678",
        "note": "老板电话 139****5678，周一到店",
        "lines": [["S001", 24], "****4567"],
    }
