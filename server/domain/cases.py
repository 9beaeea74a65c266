"""Cases of outlets: the states that they may have, and when one is late."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

INTERACTIONS: Final = ("call", "mail", "meeting", "message", "event")
KINDS: Final = ("complaint", "after_sales")
STATES: Final = ("open", "waiting", "done")


def is_late(state: str, due: date | None, today: date) -> bool:
    """Whether a case should have been settled by now. One that waits for somebody else is late all the same: its owner
    has to ask."""
    return state != "done" and due is not None and due < today


DUE_AFTER: Final = 3
"""Working days that a case has where nobody says another day."""
_SUNDAY: Final = 6


def due_after(day: date, free: Collection[date]) -> date:
    """The third working day after `day`: neither a Sunday nor one of the free days."""
    left = DUE_AFTER
    while left:
        day += timedelta(days=1)
        left -= day.weekday() != _SUNDAY and day not in free
    return day
