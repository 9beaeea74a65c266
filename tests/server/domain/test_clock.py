from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.clock import corrected, is_adjusted
from server.domain.errors import DomainError
from tests.contracts import contract

CASES = contract("clock")["corrected"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_C1_C2_a_phones_time_is_corrected_and_a_large_correction_flagged(case: dict[str, Any]) -> None:
    captured = datetime.fromisoformat(case["captured_at"])
    assert corrected(captured, case["offset_ms"]) == datetime.fromisoformat(case["expect"])
    assert is_adjusted(case["offset_ms"]) is case["adjusted"]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(DomainError, match="captured_at"):
        corrected(datetime(2026, 11, 23), 0)  # noqa: DTZ001


def test_an_offset_that_leaves_the_calendar_is_refused() -> None:
    with pytest.raises(DomainError, match="offset_ms"):
        corrected(datetime(2026, 11, 23, tzinfo=UTC), 10**18)


@given(offset=st.integers(-(10**10), 10**10))
def test_a_correction_moves_by_the_offset_and_back(offset: int) -> None:
    captured = datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert corrected(captured, offset) - captured == timedelta(milliseconds=offset)
    assert corrected(corrected(captured, offset), -offset) == captured
