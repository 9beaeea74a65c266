"""Complaints and after-sales cases with owner and day, and what else was said with an outlet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.models import AuditEntry, Outlet
from tests.server.api.desk import at_desk
from tests.server.fake_phone import FakePhone
from tests.server.field import Field, field_at

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, NOW)


def opened(desk: FakePhone, field: Field, **more: Any) -> int:
    body = {"outlet_id": field.outlets[0], "kind": "complaint", "text": "冰柜不制冷", **more}
    answer = desk.request("POST", "/cases", body)
    assert answer.status == 201, answer.data
    made: int = answer.json["id"]
    return made


def listed(desk: FakePhone, query: str = "") -> list[dict[str, Any]]:
    answer = desk.request("GET", f"/cases{query}")
    assert answer.status == 200, answer.data
    return answer.json  # type: ignore[no-any-return]


def test_a_case_has_an_owner_a_day_and_a_log_and_is_closed_and_opened_again(
    field: Field, desk: FakePhone
) -> None:
    case = opened(desk, field, due="2026-11-25")
    mine = {"owner_id": field.supervisor.id, "due": "2026-11-26"}
    path = f"/cases/{case}"
    assert desk.request("PUT", path, {"state": "waiting", **mine, "text": "等配件"}).status == 204
    assert [(one["state"], one["owner"], one["due"]) for one in listed(desk, "?mine=true")] == [
        ("waiting", "supervisor 先生", "2026-11-26")
    ]
    assert desk.request("PUT", path, {"state": "done", **mine}).status == 204
    assert listed(desk) == []
    (done,) = listed(desk, "?done=true")
    assert done["closed_at"] is not None
    assert desk.request("PUT", path, {"state": "open", **mine}).status == 204
    (again,) = listed(desk)
    assert again["closed_at"] is None
    log = desk.request("GET", f"{path}/log").json["entries"]
    assert [(one["state"], one["text"]) for one in log] == [
        ("open", ""), ("waiting", "等配件"), ("done", ""), ("open", ""),
    ]  # fmt: skip


def test_cases_are_found_by_owner_lateness_outlet_and_territory_those_due_first_before_the_others(
    field: Field, desk: FakePhone
) -> None:
    late = opened(desk, field, due="2026-11-20", owner_id=field.rep.id)
    soon = opened(desk, field, due="2026-11-30", outlet_id=field.other_outlets[0], kind="after_sales")
    never = opened(desk, field)
    assert [one["id"] for one in listed(desk)] == [late, soon, never]
    assert [one["late"] for one in listed(desk)] == [True, False, False]
    assert [one["id"] for one in listed(desk, "?late=true")] == [late]
    assert [one["id"] for one in listed(desk, f"?outlet_id={field.other_outlets[0]}")] == [soon]
    assert listed(desk, "?mine=true") == []
    assert listed(desk, f"?territory_id={field.far_territory}") == []
    assert len(listed(desk, f"?territory_id={field.territory}")) == 3


def test_words_are_sealed_at_rest_and_numbers_in_them_masked_on_the_desk(
    field: Field, desk: FakePhone, session: Session
) -> None:
    case = opened(desk, field, text="老板说打 6123 4567 找他")
    assert desk.request("PUT", f"/cases/{case}", {"state": "open", "text": "已打 6123 4567"}).status == 204
    said = {"outlet_id": field.outlets[0], "kind": "call", "text": "来电 6123 4567"}
    assert desk.request("POST", "/interactions", said).status == 201
    shown = [
        listed(desk)[0]["text"],
        desk.request("GET", f"/cases/{case}/log").json["entries"][-1]["text"],
        desk.request("GET", f"/interactions?outlet_id={field.outlets[0]}").json[0]["text"],
    ]
    assert all("4567" not in one or "6123" not in one for one in shown)
    session.rollback()
    for table in ("outlet_case", "outlet_case_entry", "interaction"):
        for (words,) in session.execute(sa.text(f"select text from {table}")):
            assert b"6123" not in bytes(words)
            assert "老板".encode() not in bytes(words)


def test_interactions_are_dated_and_none_lies_ahead(field: Field, desk: FakePhone) -> None:
    said = {"outlet_id": field.outlets[0], "kind": "meeting", "text": "谈陈列"}
    assert desk.request("POST", "/interactions", {**said, "at": "2026-11-20T02:00:00Z"}).status == 201
    assert desk.request("POST", "/interactions", {**said, "kind": "mail"}).status == 201
    refused = desk.request("POST", "/interactions", {**said, "at": "2026-11-24T02:00:00Z"})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "at")
    found = desk.request("GET", f"/interactions?outlet_id={field.outlets[0]}").json
    assert [(one["kind"], one["by"]) for one in found] == [
        ("mail", "supervisor 先生"), ("meeting", "supervisor 先生"),
    ]  # fmt: skip


def test_each_change_is_in_the_chain_without_its_words_and_makes_a_new_version_of_the_card(
    field: Field, desk: FakePhone, session: Session
) -> None:
    before = session.get_one(Outlet, field.outlets[0]).card_version
    session.rollback()
    case = opened(desk, field)
    assert desk.request("PUT", f"/cases/{case}", {"state": "done"}).status == 204
    entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.deed.like("case.%"))).all()
    assert [one.deed for one in entries] == ["case.open", "case.close"]
    assert all("冰柜" not in str(one.detail) for one in entries)
    session.expire_all()
    assert session.get_one(Outlet, field.outlets[0]).card_version == before + 2


def test_an_owner_who_is_not_there_is_refused(field: Field, desk: FakePhone) -> None:
    body = {"outlet_id": field.outlets[0], "kind": "complaint", "text": "x", "owner_id": 987654}
    answer = desk.request("POST", "/cases", body)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "owner_id")


def test_cases_of_another_territory_are_in_nobodys_list(app: Flask, field: Field, desk: FakePhone) -> None:
    administrator = at_desk(app, field.administrator)
    opened(administrator, field, outlet_id=field.far_outlets[0])
    narrowed = {"territory_ids": [field.territory]}
    assert administrator.request("PUT", f"/people/{field.supervisor.id}/territories", narrowed).status < 300
    assert listed(desk) == []
    assert desk.request("GET", f"/interactions?outlet_id={field.far_outlets[0]}").status == 404
    assert len(listed(administrator)) == 1
