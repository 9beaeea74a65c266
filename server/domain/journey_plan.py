"""The journey plan (PJP): on which days a stop is due, and the days that follow from it.

Weeks are counted from an anchor Monday, never by ISO number: a year of 53 weeks would put two odd weeks side
by side, and a fortnightly store would be seen twice in a row or missed for three weeks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.domain.errors import DomainError
from server.domain.quantities import whole_number

CYCLES: Final = (1, 2, 4)
"""Weekly, fortnightly (A/B week), four-weekly."""

HORIZON_DAYS: Final = 366
"""How far ahead the next visit or truck day is looked for; past it the answer is None."""


@dataclass(frozen=True, slots=True)
class StopRule:
    """One weekday of a stop: `weekday` 0 = Monday to 6, every `weeks` (1, 2 or 4) weeks, in the week whose
    index modulo `weeks` is `phase` (0 to weeks - 1). A store seen twice a week has two rules."""

    weekday: int
    weeks: int = 1
    phase: int = 0

    def __post_init__(self) -> None:
        whole_number("weekday", self.weekday, most=6)
        whole_number("weeks", self.weeks, least=1, most=4)
        if self.weeks not in CYCLES:
            raise DomainError("weeks", "one_of", allowed="1, 2, 4")
        whole_number("phase", self.phase, most=self.weeks - 1)

    @property
    def label(self) -> str:
        """`weekly`, `A` or `B` (phase 0 or 1 of a fortnight), `4-weekly 1` to `4-weekly 4`."""
        if self.weeks == 1:
            return "weekly"
        return "AB"[self.phase] if self.weeks == 2 else f"4-weekly {self.phase + 1}"


def week_index(day: date, anchor_monday: date) -> int:
    """Whole weeks from the anchor Monday to the week of `day`; negative before it."""
    _a_date("day", day)
    _a_date("anchor_monday", anchor_monday)
    if anchor_monday.weekday() != 0:
        raise DomainError("anchor_monday", "monday")
    return (day - anchor_monday).days // 7


def is_due(rule: StopRule, day: date, anchor_monday: date) -> bool:
    """Whether the rule puts a visit on that day. Holidays are the caller's matter."""
    index = week_index(day, anchor_monday)
    return day.weekday() == rule.weekday and index % rule.weeks == rule.phase


def next_visit_date(
    rules: Collection[StopRule],
    after_day: date,
    anchor_monday: date,
    holidays: Collection[date] = (),
) -> date | None:
    """The first due day strictly after `after_day`. A holiday is skipped: the stop waits for its next
    occurrence, it is not moved to a neighbouring day, because the truck and the other stores of that day are
    not moved either. None without rules, or when nothing falls within a year."""
    _a_date("after_day", after_day)
    first, last = after_day + timedelta(days=1), after_day + timedelta(days=HORIZON_DAYS)
    return next(_due_days(rules, first, last, anchor_monday, holidays), None)


def visits_between(
    rules: Collection[StopRule],
    first_day: date,
    last_day: date,
    anchor_monday: date,
    holidays: Collection[date] = (),
) -> list[date]:
    """Every due day from `first_day` to `last_day`, both included, without holidays, in order, each once."""
    return list(_due_days(rules, first_day, last_day, anchor_monday, holidays))


def next_truck_day(
    order_day: date, truck_weekdays: Collection[int], holidays: Collection[date] = ()
) -> date | None:
    """The route's next truck day strictly after the day of the order (presale: today's orders are tomorrow's
    deliveries), holidays skipped. `truck_weekdays`: 0 = Monday to 6. None without any, or none within a
    year."""
    _a_date("order_day", order_day)
    for weekday in truck_weekdays:
        whole_number("truck_weekdays", weekday, most=6)
    days = (order_day + timedelta(days=n) for n in range(1, HORIZON_DAYS + 1))
    return next((day for day in days if day.weekday() in truck_weekdays and day not in holidays), None)


def business_date(instant: datetime, tz: str) -> date:
    """The calendar day of an instant in a territory's zone (an IANA name). Instants decide, not wall clocks,
    so a night when 02:30 is missing or comes twice belongs to one day like any other."""
    return utc(instant).astimezone(zone(tz)).date()


def minute_of_day(instant: datetime, tz: str) -> int:
    """Minutes after local midnight by the wall clock of the zone, 0 to 1439."""
    local = utc(instant).astimezone(zone(tz))
    return local.hour * 60 + local.minute


def zone(tz: str) -> ZoneInfo:
    """The zone of an IANA name; DomainError `unknown_zone` for the field `tz`."""
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DomainError("tz", "unknown_zone") from error


def utc(instant: datetime, field: str = "instant") -> datetime:
    """The instant in UTC; DomainError `instant` when it has no zone."""
    if instant.tzinfo is None:
        raise DomainError(field, "instant")
    return instant.astimezone(UTC)


def _due_days(
    rules: Collection[StopRule],
    first_day: date,
    last_day: date,
    anchor_monday: date,
    holidays: Collection[date],
) -> Iterator[date]:
    _a_date("first_day", first_day)
    _a_date("last_day", last_day)
    for n in range((last_day - first_day).days + 1):
        day = first_day + timedelta(days=n)
        if day not in holidays and any(is_due(rule, day, anchor_monday) for rule in rules):
            yield day


def _a_date(field: str, value: object) -> None:
    # A datetime is a date to isinstance, but the two do not compare.
    if not isinstance(value, date) or isinstance(value, datetime):
        raise DomainError(field, "date")
