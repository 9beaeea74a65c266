"""A task is done once, with an outcome and answers of its kind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.tasks import QUESTIONS
from server.errors import Conflict, Invalid, NotFound
from server.extensions import clock
from server.models import Alert, AuditEntry, Notice, Task
from server.services.tasks import NewTask, add_tasks, complete_task
from tests.server.field import Field, field_at

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MONDAY)


def asked(session: Session, field: Field) -> int:
    wish = NewTask("call_back", field.outlets[0], None, source="departure:1")
    (task,) = add_tasks(session, [wish], by=None, now=clock.now())
    session.commit()
    return task.id


def done(field: Field, task_id: int, outcome: str, answers: dict[str, bool] | None = None) -> Task:
    return complete_task(
        task_id=task_id, outcome=outcome, answers=answers or {}, note="", within=None, classes=None,
        by=field.supervisor.id, now=clock.now(),
    )  # fmt: skip


def test_a_task_is_done_once_and_again_only_where_nobody_was_reached(field: Field, session: Session) -> None:
    task_id = asked(session, field)
    assert done(field, task_id, "not_reached").outcome == "not_reached"
    good = dict.fromkeys(QUESTIONS["call_back"], True)
    assert done(field, task_id, "confirmed", good).done_by == field.supervisor.id
    with pytest.raises(Conflict):
        done(field, task_id, "unhappy")
    with pytest.raises(NotFound):
        done(field, task_id + 1, "confirmed", good)
    deeds = list(session.scalars(select(AuditEntry.detail).where(AuditEntry.deed == "task.done")))
    assert [one["outcome"] for one in deeds] == ["not_reached", "confirmed"]
    assert not session.scalars(select(Alert)).all()


def test_an_outcome_or_an_answer_of_another_kind_is_refused_by_name(field: Field, session: Session) -> None:
    task_id = asked(session, field)
    for outcome, answers, name in (
        ("won", {}, "outcome"),
        ("unhappy", {"posm_up": True}, "answers"),
        ("confirmed", {"knows_new_rep": True}, "answers.account_right"),
    ):
        with pytest.raises(Invalid) as refused:
            done(field, task_id, outcome, answers)
        assert [one.field for one in refused.value.errors] == [name]


def test_a_store_that_was_told_its_route_is_closed_raises_an_alarm_with_its_code(
    field: Field, session: Session
) -> None:
    done(field, asked(session, field), "told_route_closed")
    (alert,) = session.scalars(select(Alert))
    assert (alert.kind, alert.severity) == ("call_back.route_closed", "alarm")
    assert alert.subject == f"outlet:{field.outlets[0]}"
    assert alert.detail["code"]


def test_whoever_is_to_do_tasks_is_told_once_and_nobody_of_their_own_wish(
    field: Field, session: Session
) -> None:
    driver, boss = field.driver.id, field.supervisor.id
    wishes = [NewTask("verify", outlet, None, "watch:1", assignee_id=driver) for outlet in field.outlets[:3]]
    wishes += [
        NewTask("verify", field.outlets[0], None, assignee_id=boss),
        NewTask("verify", field.outlets[1], None),
    ]
    add_tasks(session, wishes, by=boss, now=clock.now())
    add_tasks(session, wishes[:3], by=boss, now=clock.now())
    session.commit()
    told = session.scalars(select(Notice)).all()
    assert [(one.person_id, one.kind, one.detail) for one in told] == [(driver, "task", {"tasks": 3})]
