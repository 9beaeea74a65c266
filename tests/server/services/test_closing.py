"""A leaver's case is called back, closed by its checklist, and certified; notice ends by itself."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.tasks import QUESTIONS
from server.extensions import clock
from server.models import (
    Alert,
    Asset,
    AuditEntry,
    DepartureCertificate,
    Outlet,
    Person,
    PersonRole,
)
from server.services.departures.notice import end_notices
from tests.server.api.desk import at_desk
from tests.server.fake_phone import FakePhone
from tests.server.field import Field, Who, field_at
from tests.server.services.planned_case import MONDAY, PATH, confirm_all, planned

GOOD = dict.fromkeys(QUESTIONS["call_back"], True)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MONDAY)


def second_manager(session: Session, field: Field) -> Who:
    person = Person(
        login="manager2",
        name="二经理",
        password_hash=session.get_one(Person, field.manager.id).password_hash,
        created_at=clock.now(),
        roles=[PersonRole(role="manager", valid_from=clock.now().date())],
    )
    session.add(person)
    session.commit()
    return Who(person.id, person.login)


def call_all(boss: FakePhone, case: int) -> None:
    for one in boss.request("GET", f"/departures/{case}/call-backs").json:
        answer = boss.request(
            "POST", f"/departures/{case}/call-backs/{one['id']}", {"outcome": "confirmed", "answers": GOOD}
        )
        assert answer.status == 204, answer.data


def states(phone: FakePhone, case: int) -> dict[str, str]:
    found = phone.request("GET", f"/departures/{case}/closing").json["items"]
    return {one["item"]: one["state"] for one in found}


def test_call_backs_are_listed_done_and_sound_an_alarm_and_the_share_only_grows(
    app: Flask, field: Field, session: Session
) -> None:
    desk, boss = at_desk(app, field.manager), at_desk(app, field.supervisor)
    case = planned(session, field, desk)
    listed = boss.request("GET", f"/departures/{case}/call-backs").json
    assert listed
    assert {one["outlet_id"] for one in listed} <= set(field.outlets)
    less = desk.request("PUT", f"/departures/{case}/call-backs", {"share": 0.1})
    assert (less.status, less.json["errors"][0]["field"]) == (422, "share")
    assert desk.request("PUT", f"/departures/{case}/call-backs", {"share": 1.5}).status == 422
    everyone = desk.request("PUT", f"/departures/{case}/call-backs", {"share": 1}).json
    assert everyone["call_backs"] == len(field.outlets)
    path = f"/departures/{case}/call-backs/{listed[0]['id']}"
    assert (
        boss.request("POST", path, {"outcome": "confirmed", "answers": {"knows_new_rep": True}}).status == 422
    )
    assert boss.request("POST", path, {"outcome": "not_reached"}).status == 204
    assert boss.request("GET", f"/departures/{case}/closing").json["call_backs_waiting"] == len(field.outlets)
    assert (
        boss.request("POST", path, {"outcome": "told_route_closed", "note": "13800001111 说的"}).status == 204
    )
    assert boss.request("POST", path, {"outcome": "confirmed", "answers": GOOD}).json["code"] == "task_done"
    shown = next(
        one
        for one in boss.request("GET", f"/departures/{case}/call-backs").json
        if one["id"] == listed[0]["id"]
    )
    assert "13800001111" not in shown["note"]
    session.rollback()
    (alert,) = session.scalars(select(Alert))
    assert (alert.kind, alert.detail["code"]) == ("call_back.route_closed", listed[0]["code"])


def test_a_call_back_of_another_case_or_of_a_class_one_may_not_see_is_not_there(
    app: Flask, field: Field, session: Session
) -> None:
    desk, boss = at_desk(app, field.manager), at_desk(app, field.supervisor)
    case = planned(session, field, desk)
    (first, *_) = boss.request("GET", f"/departures/{case}/call-backs").json
    session.rollback()
    session.get_one(Outlet, first["outlet_id"]).secrecy = "top_secret"
    session.commit()
    answer = {"outcome": "not_reached"}
    assert boss.request("POST", f"/departures/{case}/call-backs/{first['id']}", answer).status == 404
    assert first["id"] not in [
        one["id"] for one in boss.request("GET", f"/departures/{case}/call-backs").json
    ]
    assert desk.request("POST", f"/departures/{case}/call-backs/{first['id']}", answer).status == 204
    assert desk.request("POST", f"/departures/{case}/call-backs/99999", answer).status == 404


def test_a_case_closes_only_when_every_item_is_met_ticked_or_waived_by_a_second_person(
    app: Flask, field: Field, session: Session
) -> None:
    desk, boss = at_desk(app, field.manager), at_desk(app, field.supervisor)
    other = at_desk(app, second_manager(session, field))
    session.rollback()
    session.add(Asset(outlet_id=field.outlets[0], kind="cooler", label="SC-1", since=clock.now().date()))
    session.commit()
    case = planned(session, field, desk)
    refused = desk.request("POST", f"/departures/{case}/close")
    assert refused.status == 409
    assert {one["field"] for one in refused.json["errors"]} == {
        "stores_confirmed", "callbacks_done", "property_back", "accounts_settled", "duties_acknowledged",
        "certificate_signed",
    }  # fmt: skip
    confirm_all(boss, session, case, field)
    call_all(boss, case)
    tick = {"item": "accounts_settled", "words": "账已对清"}
    assert boss.request("POST", f"/departures/{case}/closing/tick", tick).status == 200
    assert (
        boss.request("POST", f"/departures/{case}/closing/tick", {**tick, "item": "property_back"}).status
        == 422
    )
    waiver = {"item": "duties_acknowledged", "reason": "人已出境，邮件告知"}
    assert desk.request("POST", f"/departures/{case}/closing/waive", waiver).json["code"] == "second_person"
    assert boss.request("POST", f"/departures/{case}/closing/waive", waiver).status == 403
    assert other.request("POST", f"/departures/{case}/closing/waive", {**waiver, "reason": ""}).status == 422
    assert other.request("POST", f"/departures/{case}/closing/waive", waiver).status == 200
    things = boss.request("GET", f"/departures/{case}/closing").json["property"]
    assert [one["label"] for one in things if one["kind"] == "asset"] == ["SC-1"]
    said = [{"kind": one["kind"], "key": one["key"], "is_back": True} for one in things]
    path = f"/departures/{case}/closing/property"
    unsaid = boss.request("PUT", path, {"items": [{**said[0], "is_back": False}]})
    assert (unsaid.status, unsaid.json["errors"][0]["field"]) == (422, "items.0.words")
    assert boss.request("PUT", path, {"items": [{**said[0], "key": "98765"}]}).status == 404
    assert boss.request("PUT", path, {"items": said}).status == 200
    assert states(boss, case) == {
        "stores_confirmed": "met", "callbacks_done": "met", "property_back": "met", "accounts_settled": "ticked",
        "duties_acknowledged": "waived", "certificate_signed": "open",
    }  # fmt: skip
    assert desk.request("POST", f"/departures/{case}/close").status == 409
    signed = {"leaver_signature": PATH, "company_signature": PATH}
    assert desk.request("POST", f"/departures/{case}/certificate", signed).status == 200
    closed = desk.request("POST", f"/departures/{case}/close")
    assert (closed.status, closed.json["case"]["state"], closed.json["case"]["status"]) == (
        200,
        "closed",
        "frozen",
    )
    late = other.request("POST", f"/departures/{case}/closing/waive", waiver)
    assert late.json["code"] == "departure_state"
    session.rollback()
    deeds = set(session.scalars(select(AuditEntry.deed).where(AuditEntry.subject == f"departure:{case}")))
    assert deeds >= {f"departure.{one}" for one in ("tick", "waive", "property", "certify", "share", "close")}


def test_the_certificate_is_a_pdf_in_both_languages_kept_with_its_digest_and_its_reading_is_written_down(
    app: Flask, field: Field, session: Session
) -> None:
    desk = at_desk(app, field.manager)
    case = planned(session, field, desk)
    path = f"/departures/{case}/certificate"
    assert desk.request("POST", f"{path}/file").status == 404
    evil = {"leaver_signature": 'M0 0"/><script>', "company_signature": PATH}
    assert desk.request("POST", path, evil).status == 422
    signed = desk.request("POST", path, {"leaver_signature": PATH, "company_signature": PATH}).json
    files = {locale: desk.request("POST", f"{path}/file?locale={locale}").data for locale in ("zh-CN", "en")}
    assert all(one.startswith(b"%PDF") for one in files.values())
    digests = [hashlib.sha256(files[locale]).hexdigest() for locale in ("zh-CN", "en")]
    assert digests == [signed["certificate"]["sha256_zh"], signed["certificate"]["sha256_en"]]
    session.rollback()
    (kept,) = session.scalars(select(DepartureCertificate))
    assert (kept.signed_by, kept.leaver_signature) == (field.manager.id, PATH)
    reads = session.scalars(select(AuditEntry).where(AuditEntry.deed == "departure.certificate_read")).all()
    assert [one.detail["sha256"] for one in reads] == digests


def test_access_stops_at_the_instant_after_the_last_day_in_one_deed_exactly_once(
    app: Flask, field: Field, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, rep = at_desk(app, field.manager), at_desk(app, field.rep)
    planned(session, field, desk)
    assert rep.request("GET", "/session").status == 200
    assert end_notices(now=clock.now()) == 0
    midnight = datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert end_notices(now=midnight - timedelta(seconds=1)) == 0
    monkeypatch.setattr(clock, "now", lambda: midnight)
    refused = rep.request("GET", "/session")
    assert (refused.status, refused.json["code"]) == (401, "frozen"), "before anything was swept"
    assert end_notices(now=midnight) == 1
    assert end_notices(now=midnight) == 0
    session.rollback()
    assert session.get_one(Person, field.rep.id).status == "frozen"
    deeds = list(session.scalars(select(AuditEntry.deed).where(AuditEntry.at == midnight)))
    assert deeds.count("departure.notice_over") == deeds.count("person.freeze") == 1


def test_a_case_that_leaves_no_store_closes_without_a_proposal_and_one_with_stores_does_not(
    app: Flask, field: Field, session: Session
) -> None:
    desk, other = at_desk(app, field.manager), at_desk(app, second_manager(session, field))
    wish = {"reason": "resigned", "last_day": "2026-11-23", "mode": "serving_notice"}
    cases = [
        desk.request("POST", "/departures", {**wish, "person_id": who.id}).json["case"]["id"]
        for who in (field.driver, field.rep)
    ]
    for case in cases:
        for item in ("accounts_settled", "duties_acknowledged", "certificate_signed", "property_back"):
            said = {"item": item, "reason": "司机没有门店"}
            assert other.request("POST", f"/departures/{case}/closing/waive", said).status == 200
    answers = [desk.request("POST", f"/departures/{case}/close") for case in cases]
    assert [one.status for one in answers] == [200, 409]
    assert answers[0].json["case"]["state"] == "closed"
