"""The rules of the live board: each limit on both of its sides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from server.domain.errors import DomainError
from server.domain.live import (
    EXCEPTIONS,
    LiveRules,
    Pause,
    gap_open_since,
    is_copied,
    is_far,
    is_very_short,
    late_before,
    pauses,
    route_state,
    silent_since,
    stop_state,
    stuck_since,
    today_in,
)

RULES = LiveRules()
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
MONDAY = date(2025, 1, 6)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("late_min", -1, "at_least"),
        ("day_ends_min", 1440, "at_most"),
        ("far_m", 5, "at_least"),
        ("short_s", 0, "at_least"),
        ("copied_least", 0, "at_least"),
        ("copied_percent", 101, "at_most"),
        ("offline_min", 4, "at_least"),
        ("stuck_min", 0, "at_least"),
        ("gap_min", 10_081, "at_most"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_by_name(field: str, value: int, rule: str) -> None:
    with pytest.raises(DomainError) as refused:
        LiveRules(**{field: value})
    assert (refused.value.field, refused.value.rule) == (field, rule)


def test_the_day_is_that_of_the_territorys_own_zone() -> None:
    late_evening = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
    hong_kong = today_in(late_evening, "Asia/Hong_Kong", MONDAY)
    kolkata = today_in(late_evening, "Asia/Kolkata", MONDAY, [date(2026, 11, 23)])
    assert (hong_kong.day, hong_kong.minute, hong_kong.free) == (date(2026, 11, 24), 90, False)
    assert (kolkata.day, kolkata.minute, kolkata.free) == (date(2026, 11, 23), 23 * 60, True)
    assert hong_kong.week == kolkata.week == 98


def stop(**changes: object) -> str:
    facts: dict[str, object] = {
        "minute": 720, "planned": 689, "visited": False, "passed": False, "closed": False, **changes
    }  # fmt: skip
    return stop_state(RULES, **facts)  # type: ignore[arg-type]


def test_a_stop_is_late_from_the_first_minute_after_the_tolerance() -> None:
    assert late_before(RULES, 720) == 690
    assert stop(planned=689) == "late"
    assert stop(planned=690) == "ahead"


def test_a_stop_without_a_time_is_late_only_after_the_day() -> None:
    assert stop(planned=None, minute=18 * 60 + 30) == "ahead"
    assert stop(planned=None, minute=18 * 60 + 31) == "late"


def test_a_visited_stop_is_done_whatever_else_is_true_of_it() -> None:
    assert stop(visited=True, passed=True, closed=True) == "done"


def test_a_stop_that_was_passed_over_or_left_at_the_days_end_is_skipped_and_not_late() -> None:
    assert stop(passed=True) == "skipped"
    assert stop(closed=True, planned=1000) == "skipped"


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "no_stops"),
        ({"planned": 5}, "waiting"),
        ({"planned": 5, "started": True}, "running"),
        ({"planned": 5, "done": 1, "calls": 1}, "running"),
        ({"planned": 5, "done": 1, "calls": 1, "late": 1, "started": True}, "late"),
        ({"planned": 5, "late": 1}, "late"),
        ({"planned": 5, "done": 4, "skipped": 1, "calls": 4, "started": True}, "finished"),
        ({"planned": 5, "done": 4, "calls": 4, "closed": True, "started": True}, "finished"),
        ({"calls": 2}, "running"),
    ],
)
def test_a_routes_day_has_one_state(facts: dict[str, int], state: str) -> None:
    known: dict[str, int] = {
        "planned": 0, "done": 0, "skipped": 0, "late": 0, "calls": 0, "closed": False, "started": False
    }  # fmt: skip
    assert route_state(**{**known, **facts}) == state  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("distance", "accuracy", "far"),
    [(200, 0, False), (200.1, 0, True), (200.1, None, True), (260, 60, False), (261, 60, True),
     (None, None, False)],
)  # fmt: skip
def test_a_check_in_is_far_beyond_the_limit_and_the_fixs_own_doubt(
    distance: float | None, accuracy: float | None, far: bool
) -> None:
    assert is_far(RULES, distance, accuracy) is far


def test_a_call_of_a_minute_is_not_very_short() -> None:
    assert is_very_short(RULES, NOON, NOON + timedelta(seconds=59))
    assert not is_very_short(RULES, NOON, NOON + timedelta(seconds=60))


@pytest.mark.parametrize(
    ("counted", "equal", "copied"),
    [(5, 5, True), (4, 4, False), (10, 8, True), (10, 7, False), (40, 5, False), (0, 0, False)],
)
def test_a_count_is_copied_when_enough_lines_and_most_of_them_equal_the_last(
    counted: int, equal: int, copied: bool
) -> None:
    assert is_copied(RULES, counted, equal) is copied


def test_silence_and_waiting_have_their_limits_in_minutes() -> None:
    assert silent_since(RULES, NOON) == NOON - timedelta(hours=3)
    assert stuck_since(RULES, NOON) == NOON - timedelta(minutes=15)
    assert gap_open_since(RULES, NOON) == NOON - timedelta(hours=1)


def test_only_a_long_stretch_between_calls_is_a_pause() -> None:
    def span(came: int, went: int) -> tuple[datetime, datetime]:
        return NOON + timedelta(minutes=came), NOON + timedelta(minutes=went)

    day = [span(0, 40), span(10, 20), span(45, 50), span(79, 82), span(112, 115)]
    assert pauses(day) == [Pause(3, 30)]
    assert pauses([]) == []


def test_what_may_lose_work_is_shown_first() -> None:
    assert EXCEPTIONS[:2] == ("stuck_queue", "offline_long")
