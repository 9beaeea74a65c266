"""Cases of outlets: the states that they may have, and when one is late."""

from datetime import date
from typing import Final

INTERACTIONS: Final = ("call", "mail", "meeting", "message", "event")
KINDS: Final = ("complaint", "after_sales")
STATES: Final = ("open", "waiting", "done")


def is_late(state: str, due: date | None, today: date) -> bool:
    """Whether a case should have been settled by now. One that waits for somebody else is late all the same: its owner
    has to ask."""
    return state != "done" and due is not None and due < today
