"""Reveals (查阅): how many numbers a person may still open, and which openings are out of the ordinary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from server.domain.errors import DomainError
from server.domain.journey_plan import zone

SHARE_TOLD: Final = 0.8
"""From this share of the day's quota on, the office is told."""

PACE_SPAN: Final = timedelta(minutes=10)
PACE_MOST: Final = 6
"""More openings within the span are unusual: a visit takes two to three minutes and needs one call at most."""

DAY_BEGINS, DAY_ENDS = 6, 22
"""Local hours between which owners are called. At night a few openings may be a delivery: told, then refused."""

EXTRA_A_DAY: Final = 10
"""What one approval adds to a day's quota."""


@dataclass(frozen=True, slots=True)
class Quota:
    """`per_day`: openings of a person a business day, `per_night` of them at hours when nobody calls an owner;
    `per_outlet`: of a person at one outlet since the last approval."""

    per_day: int = 30
    per_outlet: int = 3
    per_night: int = 3

    def __post_init__(self) -> None:
        for field in ("per_day", "per_outlet", "per_night"):
            value: int = getattr(self, field)
            if not 0 <= value <= 10_000:
                raise DomainError(field, "at_most" if value > 0 else "at_least", least=0, most=10_000)


@dataclass(frozen=True, slots=True)
class Used:
    """What a person has opened: today, at night today and, since the last approval for it, at the outlet in question.
    `extra_today`: openings that were approved beyond the day's quota."""

    today: int
    outlet: int
    night: int = 0
    extra_today: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    today: int
    outlet: int


def quota_left(quota: Quota, used: Used) -> Left:
    """How many openings are left; never below zero, since offline ones may have gone over."""
    return Left(
        max(0, quota.per_day + used.extra_today - used.today),
        max(0, quota.per_outlet - used.outlet),
    )


def over_quota(quota: Quota, used: Used, *, at_night: bool) -> str | None:
    """Which limit one more opening would break: `over_outlet`, `over_day`, `over_night`; None while there is room."""
    left = quota_left(quota, used)
    if left.outlet < 1:
        return "over_outlet"
    if left.today < 1:
        return "over_day"
    return "over_night" if at_night and used.night >= quota.per_night else None


def is_nearly_used(quota: Quota, used: Used, share: float = SHARE_TOLD) -> bool:
    """Whether a person has opened that share of what the day allows."""
    allowed = quota.per_day + used.extra_today
    return used.today >= max(1, round(allowed * share))


def is_unusual_hour(at: datetime, timezone: str) -> bool:
    """Whether an opening was made at an hour at which nobody calls an owner."""
    hour = at.astimezone(zone(timezone)).hour
    return not DAY_BEGINS <= hour < DAY_ENDS


def is_unusual_pace(instants: Sequence[datetime], at: datetime, most: int = PACE_MOST) -> bool:
    """Whether more than `most` numbers were opened around `at`: more than work explains.
    `instants`: the person's, `at` too."""
    return sum(at - PACE_SPAN < one <= at for one in instants) > most
