"""The room of tasks, joint visits, and accounts of work that phones send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.joint_visits import STEPS
from server.domain.tasks import QUESTIONS
from server.extensions import clock
from server.models import AuditEntry, Case, Interaction, JointVisit, Operation, Outlet, Task, Visit
from server.services.tasks import NewTask, add_tasks
from tests.server.api.desk import at_desk, on_phone
from tests.server.fake_phone import FakePhone, uuid7, wire_time
from tests.server.field import Field, field_at

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, NOW)


def asked(session: Session, outlet_id: int, kind: str = "spot_check", **more: Any) -> int:
    wish = NewTask(kind, outlet_id, NOW.date(), **more)
    (task,) = add_tasks(session, [wish], by=None, now=clock.now())
    key = task.id
    session.commit()
    return key


def done_body(task: int, **more: Any) -> dict[str, Any]:
    good = dict.fromkeys(QUESTIONS["spot_check"], True)
    return {
        "task_id": task, "at": wire_time(NOW), "outcome": "as_told", "answers": good, "note": "", **more
    }  # fmt: skip


def test_the_most_overdue_task_comes_first_and_says_that_it_is_late(field: Field, desk: FakePhone) -> None:
    ids = []
    for due in ("2026-11-30", "2026-11-20", None):
        body = {"kind": "call_back", "outlet_id": field.outlets[0], "due": due}
        answer = desk.request("POST", "/tasks", body)
        assert answer.status == 201, answer.data
        ids.append(answer.json["id"])
    listed = desk.request("GET", "/tasks").json
    assert [one["id"] for one in listed] == [ids[1], ids[0], ids[2]]
    assert [one["late"] for one in listed] == [True, False, False]
    assert desk.request("POST", f"/tasks/{ids[0]}/cancel", {}).status == 204
    assert desk.request("POST", f"/tasks/{ids[0]}/cancel", {}).status == 409
    assert [one["id"] for one in desk.request("GET", "/tasks?state=cancelled").json] == [ids[0]]


def test_a_rep_sees_and_does_their_own_tasks_only(app: Flask, field: Field, session: Session) -> None:
    own = asked(session, field.outlets[0], assignee_id=field.rep.id)
    other = asked(session, field.outlets[1])
    rep = at_desk(app, field.rep)
    assert [one["id"] for one in rep.request("GET", "/tasks").json] == [own]
    body = {"outcome": "not_reached"}
    assert rep.request("POST", f"/tasks/{other}/complete", body).status == 404
    assert rep.request("POST", f"/tasks/{own}/complete", body).status == 204
    # Nobody was reached: it waits on.
    assert [one["outcome"] for one in rep.request("GET", "/tasks").json] == ["not_reached"]


def test_a_sample_says_its_seed_and_the_same_seed_asks_for_nothing_twice(
    app: Flask, field: Field, desk: FakePhone, session: Session
) -> None:
    rep = on_phone(app, field.rep)
    saved = [rep.save("visit.record", rep.visit(outlet)) for outlet in field.outlets[:4]]
    rep.push()
    assert {rep.result(one)["status"] for one in saved} == {"applied"}
    answer = desk.request("POST", "/tasks/sample", {"span": "week", "wanted": 3})
    assert answer.status == 201, answer.data
    drawn, seed = answer.json["drawn"], answer.json["seed"]
    assert len(drawn) == 3
    again = desk.request("POST", "/tasks/sample", {"span": "week", "wanted": 3, "seed": seed})
    assert again.json["drawn"] == drawn
    listed = desk.request("GET", "/tasks?kind=spot_check").json
    assert {one["outlet_id"] for one in listed} == {one["outlet_id"] for one in drawn}
    assert {one["why"]["seed"] for one in listed} == {seed}
    assert len(listed) == 3
    nothing = desk.request("POST", "/tasks/sample", {"span": "yesterday", "wanted": 3})
    assert nothing.json["drawn"] == []


def test_a_task_done_on_a_phone_is_done_once_however_often_it_is_sent(
    app: Flask, field: Field, session: Session
) -> None:
    task = asked(session, field.outlets[0])
    phone = on_phone(app, field.supervisor)
    saved = phone.save("task.done", done_body(task, note="货架 ok"))
    envelope = phone.envelope()
    for _ in range(2):
        assert phone.send(envelope).status == 200
    row = session.get(Task, task, populate_existing=True)
    assert row is not None
    assert (row.state, row.outcome, row.note, row.done_by) == (
        "done",
        "as_told",
        "货架 ok",
        field.supervisor.id,
    )
    session.rollback()
    assert count(session, "task.done") == 1
    second = phone.save("task.done", done_body(task, outcome="differs"))
    phone.push()
    assert phone.result(saved)["status"] in ("applied", "duplicate")
    assert phone.result(second)["code"] == "invalid"


def test_a_task_of_others_or_of_another_territory_is_not_done_from_a_phone(
    app: Flask, field: Field, session: Session
) -> None:
    task = asked(session, field.outlets[0], assignee_id=field.other_rep.id)
    phone = on_phone(app, field.rep)
    saved = phone.save("task.done", done_body(task))
    phone.push()
    assert phone.result(saved)["code"] == "not_allowed"


def joint_body(field: Field, **more: Any) -> dict[str, Any]:
    marks = ["well", "well", "improve", "well", "not_seen", "well", "well", "improve"]
    return {
        "joint_visit_id": uuid7(NOW), "outlet_id": field.outlets[0], "person_id": field.rep.id,
        "at": wire_time(NOW), "steps": [[step, mark, ""] for step, mark in zip(STEPS, marks, strict=True)],
        "words": "开场很好", "action": "先看仓库再报数", "action_due": "2026-11-30", **more,
    }  # fmt: skip


def test_a_joint_visit_reaches_the_rep_and_the_desk_and_counts_as_no_visit(
    app: Flask, field: Field, desk: FakePhone, session: Session
) -> None:
    phone = on_phone(app, field.supervisor)
    saved = phone.save("joint_visit.record", joint_body(field))
    envelope = phone.envelope()
    phone.send(envelope)
    phone.push()
    assert phone.result(saved)["status"] in ("applied", "duplicate")
    (own,) = at_desk(app, field.rep).request("GET", "/me/joint-visits").json
    assert (own["well"], own["seen"], own["action"], own["action_due"]) == (
        5,
        7,
        "先看仓库再报数",
        "2026-11-30",
    )
    assert own["steps"][2] == ["greet", "improve", ""]
    assert at_desk(app, field.other_rep).request("GET", "/me/joint-visits").json == []
    assert [one["id"] for one in desk.request("GET", f"/joint-visits?person_id={field.rep.id}").json] == [
        own["id"]
    ]
    assert session.scalar(select(func.count()).select_from(Visit)) == 0
    assert session.scalar(select(func.count()).select_from(JointVisit)) == 1
    raw = session.execute(select(Operation.body).where(Operation.kind == "joint_visit.record")).scalar_one()
    assert "先看仓库".encode() not in raw


def test_a_joint_visit_needs_all_eight_steps_a_day_for_what_was_agreed_and_another_person(
    app: Flask, field: Field
) -> None:
    phone = on_phone(app, field.supervisor)
    wrong = [
        (joint_body(field, steps=joint_body(field)["steps"][:7]), "steps length"),
        (joint_body(field, action_due=None), "action_due required"),
        (joint_body(field, person_id=field.supervisor.id), "person_id not_found"),
        (joint_body(field, outlet_id=999_999), "outlet_id not_found"),
    ]
    saved = [phone.save("joint_visit.record", body) for body, _ in wrong]
    phone.push()
    assert [phone.result(one)["detail"] for one in saved] == [detail for _, detail in wrong]
    rep = on_phone(app, field.rep)
    not_theirs = rep.save("joint_visit.record", joint_body(field, person_id=field.other_rep.id))
    rep.push()
    assert rep.result(not_theirs)["code"] == "not_allowed"


def test_the_stores_of_the_day_are_named_by_rep_for_a_joint_visit(field: Field, desk: FakePhone) -> None:
    stops = desk.request("GET", "/joint-visits/stops").json
    by_rep = {one["person_id"] for one in stops}
    assert {field.rep.id, field.other_rep.id} <= by_rep
    assert {one["outlet_id"] for one in stops if one["person_id"] == field.rep.id} == set(field.outlets)


def test_a_rep_writes_a_call_and_a_complaint_down_and_both_are_on_the_card(
    app: Flask, field: Field, session: Session
) -> None:
    rep = on_phone(app, field.rep)
    outlet = field.outlets[0]
    before = session.scalar(select(Outlet.card_version).where(Outlet.id == outlet)) or 0
    session.rollback()
    at = wire_time(NOW)
    saved = [
        rep.save(
            "interaction.add",
            {"outlet_id": outlet, "at": at, "kind": "call", "text": "打 13800138000 没人接"},
        ),
        rep.save(
            "case.open", {"outlet_id": outlet, "at": at, "kind": "complaint", "text": "冰柜不冷", "due": None}
        ),
    ]
    rep.push()
    assert {rep.result(one)["status"] for one in saved} == {"applied"}
    case = session.scalars(select(Case)).one()
    assert (case.owner_id, case.due) == (field.supervisor.id, (NOW + timedelta(days=3)).date())
    assert session.scalars(select(Interaction)).one().person_id == field.rep.id
    assert (session.scalar(select(Outlet.card_version).where(Outlet.id == outlet)) or 0) == before + 2
    session.rollback()
    (card,) = rep.request("GET", f"/daybook/pages?cards={outlet}").json["cards"]
    (said,), (open_case,) = card["interactions"], card["cases"]
    assert (said["kind"], said["by"]) == ("call", "rep 先生")
    assert "13800138000" not in said["text"]
    assert (open_case["text"], open_case["by"], open_case["due"]) == (
        "冰柜不冷", "supervisor 先生", "2026-11-26",
    )  # fmt: skip


def test_an_outlet_of_others_takes_no_words_from_a_rep(app: Flask, field: Field) -> None:
    rep = on_phone(app, field.rep)
    body = {"outlet_id": field.far_outlets[0], "at": wire_time(NOW), "kind": "call", "text": "x"}
    saved = rep.save("interaction.add", body)
    rep.push()
    assert rep.result(saved)["code"] == "unknown_outlet"


def count(session: Session, deed: str) -> int:
    found = session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.deed == deed))
    session.rollback()
    return found or 0
