"""The rules of a store's handover."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from server.domain.handovers import (
    ANSWERS,
    BY_CODE,
    CODE_LASTS,
    HANDOVER_STEPS,
    NEVER_SKIPPED,
    Due,
    Handover,
    code_digest,
    handover_problems,
    is_answerable,
    state_after,
    state_with,
    told_first,
)

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def test_a_store_is_handed_over_by_three_people_with_every_step_and_the_owners_signature() -> None:
    done = Handover(
        "A", HANDOVER_STEPS, "confirmed", "M0 0L9 9", TODAY, giver_id=7, receiver_id=8, witness_id=3,
        witness_is_supervisor=True, today=TODAY,
    )  # fmt: skip

    def said(**change: object) -> list[tuple[str, str]]:
        return [(one.field, one.rule) for one in handover_problems(replace(done, **change))]  # type: ignore[arg-type]

    assert said() == []
    assert said(signature="", next_visit=None) == [("signature", "required"), ("next_visit", "required")]
    assert said(steps=HANDOVER_STEPS[1:]) == [("steps", "steps_missing")]
    assert said(steps=("dance",)) == [("steps", "one_of")]
    assert said(witness_id=8) == [("witness_id", "another")]
    assert said(witness_id=None, witness_is_supervisor=False) == [("witness_id", "supervisor_needed")]
    assert said(outlet_class="C", witness_id=None, witness_is_supervisor=False) == []
    assert said(answer="denied", steps=("introduce",), signature="", next_visit=None) == [], (
        "a no needs no signature"
    )
    assert said(signature="", by_code=True) == []
    assert said(next_visit=TODAY - timedelta(days=1)) == [("next_visit", "not_before")]


@pytest.mark.parametrize("step", HANDOVER_STEPS)
def test_a_step_is_skipped_for_a_reason_but_no_store_is_handed_over_without_introduction_and_next_visit(
    step: str,
) -> None:
    rest = tuple(one for one in HANDOVER_STEPS if one != step)
    done = Handover("C", rest, BY_CODE, "", TODAY, 7, 8, None, False, TODAY, ((step, "none_here"),), True)
    wrong = [("steps", "steps_missing")] if step in NEVER_SKIPPED else []
    assert [(one.field, one.rule) for one in handover_problems(done)] == wrong
    for skipped, rule in (
        (((step, "tired"),), "reason_unknown"),
        (((step, "other"), (step, "other")), "twice"),
    ):
        found = handover_problems(replace(done, skipped=skipped))  # type: ignore[arg-type]
        assert [(one.field, one.rule) for one in found] == [("steps", rule)]


def test_a_class_a_store_that_is_confirmed_without_its_supervisor_is_handed_over_and_no_more() -> None:
    assert state_after("confirmed", "A", witness_is_supervisor=False) == "handed"
    assert state_after("confirmed", "A", witness_is_supervisor=True) == "confirmed"
    assert state_after("confirmed", "C", witness_is_supervisor=False) == "confirmed"
    assert [state_after(one, "A", witness_is_supervisor=False) for one in ("denied", "wrong")] == [
        "denied",
        "wrong",
    ]
    assert state_after(BY_CODE, "C", witness_is_supervisor=True) == "handed", "nobody has answered yet"


@pytest.mark.parametrize("after", [*ANSWERS, "handed"])
def test_what_an_owner_confirmed_stays_confirmed(after: str) -> None:
    assert state_with("confirmed", after) == "confirmed"
    assert state_with("denied", after) == after


def test_a_book_tells_of_todays_cards_first_then_of_what_is_due_then_of_what_is_important() -> None:
    due = [
        Due(1, 1, TODAY + timedelta(days=3), in_book=False),
        Due(2, 9, TODAY + timedelta(days=9), in_book=True),
        Due(3, 3, TODAY, in_book=False),
        Due(4, 2, TODAY, in_book=False),
        Due(5, 5, None, in_book=False),
    ]
    assert told_first(due, 9) == [2, 4, 3, 1, 5]
    assert told_first(due, 2) == [2, 4]


def test_a_code_is_answered_once_within_its_days_while_the_case_is_under_way() -> None:
    fine = {"answer": "", "expires_at": NOW + CODE_LASTS, "case_state": "planned", "store_state": "denied"}

    def asks(now: datetime = NOW, **change: object) -> bool:
        return is_answerable(**{**fine, **change}, now=now)  # type: ignore[arg-type]

    assert asks()
    assert not asks(NOW + CODE_LASTS)
    assert not asks(answer="confirmed")
    assert not asks(case_state="closed")
    assert not asks(store_state="confirmed")


def test_the_digest_of_a_code_does_not_hold_the_code() -> None:
    assert code_digest("a") != code_digest("b")
    assert len(code_digest("a")) == 64
