"""The lease: a book is lent for a shift, and the phone's clock cannot make it longer.

The phone keeps its high-water mark, the latest time it ever saw; only an answer from the server may lower it.
A clock set forward therefore ends a lease early (C1) and setting it back afterwards does not open it again; a
clock set back locks the book until the phone has been online (C2). Writing goes on in every state: a lease is
a right to read.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Final, Literal, NamedTuple

from server.domain.errors import DomainError
from server.domain.journey_plan import utc, zone
from server.domain.quantities import whole_number

LeaseState = Literal["open", "ended", "clock_behind"]

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""A clock may fall back this far behind the high-water mark: phones correct themselves by seconds all day."""


class Lease(NamedTuple):
    """UTC instants; the lease is open from `starts_at` up to, not at, `ends_at`."""

    starts_at: datetime
    ends_at: datetime


def lease_state(
    lease_from: datetime, lease_until: datetime, now: datetime, high_water: datetime
) -> LeaseState:
    """`ended` once the phone's clock or its high-water mark has reached `lease_until`; else `clock_behind`
    when the clock is more than five minutes below the mark (the start of the lease is a mark too: the server
    said it); else `open`. Errors: DomainError `instant`, or `not_after` for a lease that ends before it
    begins."""
    start, end = utc(lease_from, "lease_from"), utc(lease_until, "lease_until")
    current, mark = utc(now, "now"), utc(high_water, "high_water")
    if start > end:
        raise DomainError("lease_from", "not_after", limit="lease_until")
    if max(current, mark) >= end:
        return "ended"
    return "clock_behind" if current < max(mark, start) - CLOCK_TOLERANCE else "open"


def lease_for(now: datetime, tz: str, max_hours: int = 16, ends_at: str = "21:00") -> Lease:
    """A lease from `now` to the next `ends_at` (local time, HH:MM) strictly after it, `max_hours` at most.

    Hours are elapsed ones, so a night of 23 or 25 hours changes nothing. A local time that is missing that
    night is read with the offset before the change, one that comes twice is its first. Errors: DomainError.
    """
    start, local_zone = utc(now, "now"), zone(tz)
    whole_number("max_hours", max_hours, least=1, most=24)
    wall = _local_time(ends_at)
    day = start.astimezone(local_zone).date()
    ends = (
        utc(datetime.combine(day + timedelta(days=n), wall, tzinfo=local_zone), "ends_at") for n in (0, 1, 2)
    )
    next_end = next(end for end in ends if end > start)
    return Lease(start, min(next_end, start + timedelta(hours=max_hours)))


def _local_time(text: str) -> time:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text, re.ASCII):
        raise DomainError("ends_at", "local_time")
    return time.fromisoformat(text)
