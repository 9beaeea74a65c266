"""The rules of a leaver's case."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.departures import (
    STATES,
    UNDO_WITHIN,
    Case,
    HeldStore,
    Opening,
    checklist,
    compare_habit,
    departs_on,
    due_on,
    handover_order,
    next_state,
    opening_problems,
    undo_refusal,
)
from server.domain.errors import DomainError

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def opening(**change: object) -> Opening:
    words: dict[str, object] = {
        "person_id": 7, "by": 1, "reason": "resigned", "last_day": TODAY, "mode": "freeze_now", "today": TODAY,
    }  # fmt: skip
    return Opening(**{**words, **change})  # type: ignore[arg-type]


def rules(**change: object) -> list[tuple[str, str]]:
    return [(one.field, one.rule) for one in opening_problems(opening(**change))]


def test_a_case_names_what_is_wrong_with_its_opening() -> None:
    assert rules() == []
    assert rules(by=7) == [("person_id", "another")]
    assert rules(reason="tired", mode="gently") == [("reason", "one_of"), ("mode", "one_of")]
    assert rules(last_day=TODAY + timedelta(days=184)) == [("last_day", "not_after")]


def test_who_is_gone_already_can_be_frozen_but_serves_no_notice() -> None:
    assert rules(last_day=TODAY - timedelta(days=3)) == []
    assert rules(last_day=TODAY - timedelta(days=1), mode="serving_notice") == [("last_day", "not_before")]


def test_a_case_goes_from_open_to_planned_to_closed_and_nowhere_else() -> None:
    ways = {
        (state, deed): next_state(state, deed)
        for state, deed in (("open", "undo"), ("open", "accept"), ("planned", "close"), ("open", "close"))
    }
    assert list(ways.values()) == ["undone", "planned", "closed", "closed"]
    for state in STATES:
        for deed in ("undo", "accept", "close"):
            if (state, deed) not in ways:
                with pytest.raises(DomainError, match="departure_state"):
                    next_state(state, deed)  # type: ignore[arg-type]


def test_a_case_is_undone_within_the_hour_by_a_second_person_only() -> None:
    case = Case(person_id=7, state="open", opened_by=1, opened_at=NOW)
    assert undo_refusal(case, by=2, now=NOW + UNDO_WITHIN) == ""
    assert undo_refusal(case, by=2, now=NOW + UNDO_WITHIN + timedelta(seconds=1)) == "undo_over"
    assert undo_refusal(case, by=1, now=NOW) == "second_person"
    assert undo_refusal(case, by=7, now=NOW) == "second_person"
    planned = Case(person_id=7, state="planned", opened_by=1, opened_at=NOW)
    assert undo_refusal(planned, by=2, now=NOW) == "departure_state"


@given(st.integers(-30, 60))
def test_stores_change_hands_after_the_last_day_and_never_before_tomorrow(days: int) -> None:
    first = departs_on(TODAY + timedelta(days=days), TODAY)
    assert first > TODAY
    assert first == TODAY + timedelta(days=max(days, 0) + 1)


def test_a_habit_is_told_beside_ones_own_and_the_peers() -> None:
    assert compare_habit("x", 14, 12, [10, 11, 13]).level == "usual"
    assert compare_habit("x", 40, 12, [35, 45, 40]).level == "above_own"
    assert compare_habit("x", 40, 38, [10, 11, 13]).level == "above_peers"
    far = compare_habit("x", 40, 12, [10, 11, 13])
    assert (far.level, far.peers) == ("far_above", 11.0)
    assert compare_habit("x", 4, 1, []).level == "usual", "three more is chance, whatever the ratio"
    assert compare_habit("x", 30, 0, []).peers is None


def test_a_class_stores_come_first_then_those_that_only_the_leaver_knew() -> None:
    stores = [
        HeldStore(1, "C", 900),
        HeldStore(2, "A", 10, known_by=2),
        HeldStore(3, "A", 5, known_by=0),
        HeldStore(4, "A", 10, known_by=1, promises=1),
        HeldStore(5, "A", 50, known_by=3),
    ]
    assert handover_order(stores) == [3, 4, 5, 2, 1]
    assert due_on("A", TODAY) < due_on("B", TODAY) < due_on("C", TODAY) < due_on("D", TODAY)


def test_the_checklist_says_what_is_left() -> None:
    held = [HeldStore(1, "A", 1, open_orders=2, deliveries=1, promises=1)]
    items = checklist("open", frozen=False, last_day=TODAY, today=TODAY, waiting=1, held=held)
    assert items == [
        ("access", True, 0), ("proposal", False, 1), ("stores", False, 1), ("orders", False, 3),
        ("promises", False, 1), ("assets", True, 0),
    ]  # fmt: skip
    late = checklist(
        "planned", frozen=False, last_day=TODAY, today=TODAY + timedelta(days=1), waiting=0, held=[]
    )
    assert late[0] == ("access", False, 1), "the last day is over, and the person can still sign in"
    assert all(done for _, done, _ in late[1:])
