"""The day live: what is late, which calls a supervisor should look at, whose phone has been silent too long.

The board reads 25,000 calls at once, so the database counts them; the limits that it compares with are made here, and
the same rules judge one call at a time. Nothing here is a verdict on a person: it says where to look first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from server.domain.errors import DomainError
from server.domain.journey_plan import business_date, minute_of_day, utc, week_index
from server.domain.visits import COPIED_LEAST_LINES, COPIED_PERCENT, FAR_M, SHORT_VISIT_S

RouteState = Literal["no_stops", "waiting", "late", "running", "finished"]
StopState = Literal["done", "skipped", "late", "ahead"]

EXCEPTIONS: Final = ("stuck_queue", "offline_long", "far_check_in", "copied_count", "short_visit")
"""In the order in which they are shown: what may lose work first, then what a person should ask about."""


@dataclass(frozen=True, slots=True)
class LiveRules:
    """The limits of the live board.

    `late_min`: minutes after its planned time from which a store that was not reached is late. `day_ends_min`: the
    minute of the day that stands in for a planned time where a stop has none. `far_m`: metres from the store beyond the
    fix's accuracy. `short_s`: seconds below which a call is very short. `copied_least`, `copied_percent`: how many
    lines, and which share of those counted, equal the last count. `offline_min`: minutes of silence of a phone at
    work; cellars and villages take an hour or two. `stuck_min`: minutes that an operation may wait to be applied.
    `gap_min`: minutes that a number may be missing in a phone's sequence.
    """

    late_min: int = 30
    day_ends_min: int = 18 * 60
    far_m: int = FAR_M
    short_s: int = SHORT_VISIT_S
    copied_least: int = COPIED_LEAST_LINES
    copied_percent: int = COPIED_PERCENT
    offline_min: int = 180
    stuck_min: int = 15
    gap_min: int = 60

    def __post_init__(self) -> None:
        bounds = {
            "late_min": (0, 720), "day_ends_min": (1, 1439), "far_m": (10, 10_000), "short_s": (1, 3600),
            "copied_least": (1, 1000), "copied_percent": (1, 100), "offline_min": (5, 1440),
            "stuck_min": (1, 1440), "gap_min": (1, 10_080),
        }  # fmt: skip
        for field, (least, most) in bounds.items():
            value: int = getattr(self, field)
            if not least <= value <= most:
                raise DomainError(field, "at_least" if value < least else "at_most", least=least, most=most)


@dataclass(frozen=True, slots=True)
class Today:
    """What a business day means in a zone: `minute` of the day by its wall clock, `week` counted from the anchor
    Monday. On a `free` day nothing is due."""

    day: date
    minute: int
    week: int
    free: bool


def today_in(now: datetime, timezone: str, anchor_monday: date, holidays: Collection[date] = ()) -> Today:
    """The business day at an instant. Errors: DomainError `unknown_zone`, `monday`."""
    day = business_date(now, timezone)
    return Today(day, minute_of_day(now, timezone), week_index(day, anchor_monday), day in holidays)


def late_before(rules: LiveRules, minute: int) -> int:
    """Stores planned before this minute of the day are late at `minute` when nobody has been there."""
    return minute - rules.late_min


def planned_minute(rules: LiveRules, planned: int | None) -> int:
    """The minute by which a stop is judged: its own, or the end of the day."""
    return rules.day_ends_min if planned is None else planned


def stop_state(
    rules: LiveRules, *, minute: int, planned: int | None, visited: bool, passed: bool, closed: bool
) -> StopState:
    """What became of a planned stop so far, each in one state.

    `passed`: a stop that comes later in the day's order was visited. `closed`: the rep has ended the day. A stop that
    was passed over is skipped, not late, until somebody comes after all.
    """
    if visited:
        return "done"
    if passed or closed:
        return "skipped"
    return "late" if planned_minute(rules, planned) < late_before(rules, minute) else "ahead"


def route_state(
    *, planned: int, done: int, skipped: int, late: int, calls: int, closed: bool, started: bool
) -> RouteState:
    """One word for a route's day: `finished` when the day is closed or no store is left, `late` while one is,
    `waiting` before the first sign of the rep."""
    if planned == 0 and calls == 0:
        return "no_stops"
    if closed or (planned > 0 and done + skipped == planned):
        return "finished"
    if late:
        return "late"
    return "running" if started or calls else "waiting"


def is_far(rules: LiveRules, distance_m: float | None, accuracy_m: float | None) -> bool:
    """Whether a check-in was further from the store than the limit and the fix's uncertainty together. Metres."""
    return distance_m is not None and distance_m > rules.far_m + (accuracy_m or 0)


def is_very_short(rules: LiveRules, came: datetime, went: datetime) -> bool:
    """Whether a call was over before anything can have been done in it."""
    return utc(went) - utc(came) < timedelta(seconds=rules.short_s)


def is_copied(rules: LiveRules, counted: int, equal: int) -> bool:
    """Whether so many of the counted lines equal the last visit's that somebody should ask. `equal` of `counted`."""
    return equal >= rules.copied_least and equal * 100 >= counted * rules.copied_percent


def silent_since(rules: LiveRules, now: datetime) -> datetime:
    """A phone at work that was heard last before this instant has been offline too long."""
    return utc(now) - timedelta(minutes=rules.offline_min)


def stuck_since(rules: LiveRules, now: datetime) -> datetime:
    """An operation that came before this instant and is not applied is stuck."""
    return utc(now) - timedelta(minutes=rules.stuck_min)


def gap_open_since(rules: LiveRules, now: datetime) -> datetime:
    """A phone whose sequence has lacked a number since before this instant is stuck."""
    return utc(now) - timedelta(minutes=rules.gap_min)


@dataclass(frozen=True, slots=True)
class Pause:
    """Minutes between two calls, of which nothing is known: nobody is tracked between them."""

    after: int
    minutes: int


def pauses(spans: Sequence[tuple[datetime, datetime]], *, least_min: int = 30) -> list[Pause]:
    """The stretches of at least `least_min` minutes between calls. `spans`: (came, went), in order of coming;
    `after`: the place of the call before. Calls that overlap leave no pause."""
    found: list[Pause] = []
    until: datetime | None = None
    for place, (came, went) in enumerate(spans):
        if until is not None and came - until >= timedelta(minutes=least_min):
            found.append(Pause(place - 1, int((came - until).total_seconds() // 60)))
        until = went if until is None else max(until, went)
    return found
