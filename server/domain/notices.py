"""Notices (通知): which kinds there are, and for how long they are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

KINDS: Final = ("announcement", "plan", "request", "case", "alert", "task")

KEPT: Final = timedelta(days=90)

PAGE: Final = 100
"""Notices of a list."""

LENT: Final = 50
"""Notices that a phone has with it."""


def payload(kind: str, unseen: int) -> dict[str, object]:
    """What is pushed: of which kind and how many there are. The words stay in the house; the app fetches them."""
    return {"kind": kind, "count": unseen}
