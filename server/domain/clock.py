"""Two clocks: the server's is believed, the phone's is corrected by the offset it last knew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from server.domain.errors import DomainError

ADJUSTED_AFTER_MS: Final = 120_000
"""A phone whose clock is more than two minutes off has its times flagged; below that, networks explain it."""


def corrected(captured_at: datetime, offset_ms: int | None) -> datetime:
    """The server's time of what a phone noted at `captured_at` by its own clock; `offset_ms` is server time
    minus phone time (negative when the phone is ahead), None (never known) changes nothing.
    Errors: DomainError `instant` without a zone, `at_most` where the sum leaves the calendar."""
    if captured_at.tzinfo is None:
        raise DomainError("captured_at", "instant")
    try:
        return captured_at + timedelta(milliseconds=offset_ms or 0)
    except OverflowError as error:
        raise DomainError("offset_ms", "at_most", most="the calendar") from error


def is_adjusted(offset_ms: int | None) -> bool:
    """Whether a correction is large enough to be flagged: more than two minutes either way."""
    return offset_ms is not None and abs(offset_ms) > ADJUSTED_AFTER_MS
