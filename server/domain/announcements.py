"""Announcements (公告): to whom one goes and for how long it stands."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from server.domain.errors import DomainError

LONGEST: Final = timedelta(days=366)
SHOWN: Final = 20
"""Announcements that one person is shown at once, the newest."""

# Their routes say where these work; supervisors and managers are given territories; the others work for all.
BY_ROUTE: Final = frozenset({"rep", "driver"})
BY_TERRITORY: Final = frozenset({"supervisor", "manager"})


def check_span(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Errors: DomainError `ends_at`, for what is over before it begins, or stands for more than a year."""
    if ends_at <= max(starts_at, now):
        raise DomainError("ends_at", "after_start")
    if ends_at - max(starts_at, now) > LONGEST:
        raise DomainError("ends_at", "not_after", limit=(max(starts_at, now) + LONGEST).isoformat())


def concerns(
    role: str, wanted: Collection[int], walked: Collection[int], given: Collection[int] | None
) -> bool:
    """Whether somebody of a role works in one of the `wanted` territories (none: all). `walked`: those of the routes
    that they hold; `given`: those that they were given, None for none in particular."""
    if not wanted:
        return True
    if role in BY_ROUTE:
        return not set(wanted).isdisjoint(walked)
    if role in BY_TERRITORY:
        return given is None or not set(wanted).isdisjoint(given)
    return True
