"""Announcements: to whom they go, who has read them, and that nothing of the reading is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import AnnouncementReceipt, AuditEntry, PersonTerritory
from tests.server.api.desk import at_desk
from tests.server.fake_phone import FakePhone, wire_time
from tests.server.field import BEGAN, Field, field_at

MORNING = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING)


def words(**more: object) -> dict[str, Any]:
    until = (clock.now() + timedelta(days=3)).isoformat()
    return {
        "title": "冰柜清洁周", "title_en": "Cooler week", "text": "每店清洁冰柜。", "roles": ["rep"],
        "ends_at": until, **more,
    }  # fmt: skip


def sent(manager: FakePhone, **more: object) -> int:
    answer = manager.request("POST", "/announcements", words(**more))
    assert answer.status == 201, answer.data
    return int(answer.json["id"])


def in_book(phone: FakePhone) -> list[Any]:
    return phone.request("GET", "/daybook/manifest").json["announcements"]  # type: ignore[no-any-return]


def receipt(session: Session, announcement: int, person: int) -> AnnouncementReceipt:
    session.rollback()
    session.expire_all()
    return session.get_one(AnnouncementReceipt, (announcement, person))


def test_an_announcement_goes_to_the_roles_and_territories_named_and_to_nobody_else(
    app: Flask, field: Field, session: Session
):
    manager = at_desk(app, field.manager)
    near = sent(manager, roles=["rep", "supervisor", "custodian"], territory_ids=[field.territory])
    people = {one["id"] for one in manager.request("GET", f"/announcements/{near}/readers").json}
    assert people == {field.rep.id, field.other_rep.id, field.supervisor.id, field.custodian.id}
    everywhere = sent(manager)
    people = {one["id"] for one in manager.request("GET", f"/announcements/{everywhere}/readers").json}
    assert people == {field.rep.id, field.other_rep.id, field.far_rep.id, field.substitute.id}
    session.rollback()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.deed == "announcement.send")).first()
    assert entry is not None
    assert entry.subject == f"announcement:{near}"


def test_a_supervisor_of_one_territory_tells_only_its_people(app: Flask, field: Field, session: Session):
    session.add(
        PersonTerritory(person_id=field.supervisor.id, territory_id=field.territory, valid_from=BEGAN.date())
    )
    session.commit()
    supervisor = at_desk(app, field.supervisor)
    made = sent(supervisor)
    people = {one["id"] for one in supervisor.request("GET", f"/announcements/{made}/readers").json}
    assert people == {field.rep.id, field.other_rep.id}
    wider = sent(at_desk(app, field.manager))
    assert supervisor.request("GET", f"/announcements/{wider}/readers").status == 404
    assert [one["id"] for one in supervisor.request("GET", "/announcements").json] == [made]


@pytest.mark.parametrize(
    "more",
    [
        {"roles": []},
        {"roles": ["king"]},
        {"title": ""},
        {"text": "x" * 2_001},
        {"ends_at": "2026-11-22T00:00:00Z"},
        {"ends_at": "2028-11-22T00:00:00Z"},
        {"roles": ["auditor"]},
        {"html": "<b>"},
    ],
)
def test_what_breaks_a_rule_is_not_announced(app: Flask, field: Field, more: dict[str, object]):
    manager = at_desk(app, field.manager)
    assert manager.request("POST", "/announcements", words(**more)).status == 422
    assert manager.request("GET", "/announcements").json == []


def test_what_a_rep_read_without_a_network_counts_when_it_arrives_and_the_first_time_stays(
    app: Flask, field: Field, session: Session, phone: FakePhone
):
    manager = at_desk(app, field.manager)
    made = sent(manager, must_confirm=True)
    (row,) = in_book(phone)
    assert (row["id"], row["title"], row["read"], row["confirmed"]) == (made, "冰柜清洁周", False, False)
    read_at = clock.now() + timedelta(minutes=5)
    clock.start_at(MORNING + timedelta(hours=3))
    body = {"announcement_id": made, "at": wire_time(read_at), "confirmed": True}
    first = phone.save("announcement.read", body, at=read_at)
    again = phone.save("announcement.read", {**body, "at": wire_time(clock.now())})
    phone.push()
    assert [phone.result(one)["status"] for one in (first, again)] == ["applied", "applied"]
    found = receipt(session, made, field.rep.id)
    assert found.read_at is not None
    assert abs(found.read_at - read_at) < timedelta(seconds=1)
    assert found.confirmed_at == found.read_at
    assert in_book(phone)[0]["confirmed"] is True
    (shown,) = manager.request("GET", "/announcements").json
    assert (shown["people"], shown["read"], shown["confirmed"]) == (4, 1, 1)
    readers = manager.request("GET", f"/announcements/{made}/readers").json
    assert [one["read_at"] is None for one in readers] == [True, True, True, False]


def test_one_that_did_not_go_to_somebody_is_not_there_for_them(app: Flask, field: Field, phone: FakePhone):
    made = sent(at_desk(app, field.manager), territory_ids=[field.far_territory])
    assert in_book(phone) == []
    assert phone.request("POST", f"/announcements/{made}/read", {}).status == 404
    body = {"announcement_id": made, "at": wire_time(clock.now()), "confirmed": False}
    operation = phone.save("announcement.read", body)
    phone.push()
    assert phone.result(operation)["status"] == "quarantined"


def test_a_withdrawn_one_is_shown_no_more_and_neither_is_its_notice(
    app: Flask, field: Field, phone: FakePhone
):
    manager = at_desk(app, field.manager)
    made = sent(manager)
    assert [one["about"] for one in phone.request("GET", "/notices").json["notices"]] == ["冰柜清洁周"]
    assert manager.request("POST", f"/announcements/{made}/withdraw").status == 204
    assert manager.request("POST", f"/announcements/{made}/withdraw").status == 409
    assert in_book(phone) == []
    assert phone.request("GET", "/notices").json == {"notices": [], "unseen": 0}


def test_one_for_later_is_shown_from_then_on_until_its_end(app: Flask, field: Field, phone: FakePhone):
    begins = clock.now() + timedelta(days=1)
    sent(at_desk(app, field.manager), starts_at=begins.isoformat())
    for after, shown in ((timedelta(0), 0), (timedelta(days=1, hours=1), 1), (timedelta(days=4), 0)):
        clock.start_at(MORNING + after)
        assert len(phone.request("GET", "/announcements/mine").json) == shown
    assert phone.request("GET", "/notices").json["unseen"] == 1


def test_reading_it_at_the_desk_sees_its_notice_too(app: Flask, field: Field):
    made = sent(at_desk(app, field.manager), roles=["supervisor"])
    supervisor = at_desk(app, field.supervisor)
    assert supervisor.request("GET", "/notices/unseen").json == {"unseen": 1}
    assert supervisor.request("POST", f"/announcements/{made}/read", {"confirm": False}).status == 204
    assert supervisor.request("GET", "/notices/unseen").json == {"unseen": 0}
    (own,) = supervisor.request("GET", "/announcements/mine").json
    assert own["read_at"] is not None
