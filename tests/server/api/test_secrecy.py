"""Secrecy classes: who finds an outlet, how long its card is lent, and what never leaves with it."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.domain.daybook import is_day_lease, shift_lease
from server.domain.errors import DomainError
from server.domain.secrecy import (
    CLASSES,
    card_until,
    field_class,
    hidden_fields,
    is_lent,
    lends_number,
    may_borrow,
    needs_approval,
    seen_at_desk,
    strictest,
)
from server.extensions import clock
from server.models import AuditEntry, Outlet
from tests.faults.office import desk, index_numbers
from tests.server.api.desk import at_desk
from tests.server.fake_phone import FakePhone
from tests.server.field import Field, field_at

MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
ZONE = "Asia/Hong_Kong"


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING)


def classify(app: Flask, field: Field, outlet_id: int, secrecy: str) -> None:
    keeper = desk(app, field.custodian)
    keeper.step_up()
    words = {"outlet_ids": [outlet_id], "secrecy": secrecy, "reason": "大客户合同在谈"}
    answer = keeper.request("PUT", "/secrecy/outlets", words)
    assert (answer.status, answer.json) == (200, {"changed": 1})


def test_an_unknown_class_is_never_taken_for_an_open_one():
    for ask in (needs_approval, may_borrow, lambda one: lends_number(one, "passkey")):
        with pytest.raises(DomainError):
            ask("public")
    with pytest.raises(DomainError):
        strictest(["normal", "open"])
    with pytest.raises(DomainError):
        field_class("password")


def test_each_class_is_at_least_as_strict_as_the_one_before():
    lease = shift_lease(MORNING, ZONE)
    for loose, strict in itertools.pairwise(CLASSES):
        assert strictest([strict, loose]) == strict
        assert card_until(strict, lease) <= card_until(loose, lease)
        assert needs_approval(strict) >= needs_approval(loose)
        assert may_borrow(strict) <= may_borrow(loose)
        assert lends_number(strict, "passkey") <= lends_number(loose, "passkey")
    assert not any(lends_number(one, "pin") or lends_number(one, "") for one in CLASSES)
    assert seen_at_desk(["administrator"]) == {"normal"}
    assert seen_at_desk(["supervisor"]) == {"normal", "secret"}
    assert seen_at_desk(["custodian"]) == set(CLASSES)
    assert seen_at_desk(["rep"]) == set()


def test_the_strictest_card_is_lent_on_the_day_only_and_for_ten_hours():
    night = shift_lease(MORNING - timedelta(hours=6), ZONE)
    day = shift_lease(MORNING, ZONE)
    assert not is_day_lease(night, ZONE)
    assert is_day_lease(day, ZONE)
    assert is_lent("secret", night, MORNING - timedelta(hours=6), by_day=False)
    assert not is_lent("top_secret", night, MORNING - timedelta(hours=6), by_day=False)
    assert is_lent("top_secret", day, day.starts_at + timedelta(hours=10, seconds=-1), by_day=True)
    assert not is_lent("top_secret", day, day.starts_at + timedelta(hours=10), by_day=True)


@pytest.mark.parametrize("secrecy", CLASSES)
@pytest.mark.parametrize(
    "field_name", ["address", "position", "chain", "contact_name", "name", "contact_phone"]
)
def test_a_field_is_shown_to_those_who_find_outlets_of_its_class_and_the_strictest_to_no_phone(
    field_name: str, secrecy: str
):
    always = field_name in ("name", "contact_phone")
    own = {field_name: secrecy}
    for roles in (["supervisor"], ["manager"], ["custodian"], ["auditor"], ["administrator"]):
        hidden = field_name in hidden_fields(roles, own)
        assert hidden is (not always and secrecy not in seen_at_desk(roles)), roles
    assert (field_name in hidden_fields(None, own)) is (not always and secrecy == "top_secret")


def test_a_field_of_the_strictest_class_goes_from_phones_and_from_who_may_not_see_it(
    app: Flask, field: Field, phone: FakePhone
):
    outlet = field.outlets[0]
    versions = dict(phone.request("GET", "/daybook/manifest").json["cards"])
    keeper = desk(app, field.custodian)
    keeper.step_up()
    for name in ("address", "position", "contact_name"):
        assert (
            keeper.request("PUT", "/secrecy/fields", {"field": name, "secrecy": "top_secret"}).status == 200
        )
    assert dict(phone.request("GET", "/daybook/manifest").json["cards"])[outlet] != versions[outlet]
    pages = phone.request("GET", f"/daybook/pages?cards={outlet}&index=1").json
    (card,) = pages["cards"]
    assert (card["address"], card["latitude"], card["longitude"]) == ("", None, None)
    assert {one["name"] for one in card["contacts"]} == {""}
    assert card["name"] != ""
    assert all(row[2:5] == ["", None, None] for row in pages["index"])
    for who, sees in ((field.manager, True), (field.supervisor, False)):
        found = desk(app, who).request("GET", "/outlets").json["outlets"]
        assert found
        assert any(one["latitude"] is not None for one in found) is sees, who.login


def test_a_strict_card_comes_with_the_shift_and_goes_before_its_end(
    app: Flask, field: Field, phone: FakePhone
):
    outlet = field.outlets[0]
    before = dict(phone.request("GET", "/daybook/manifest").json["cards"])
    classify(app, field, outlet, "top_secret")
    book = phone.request("GET", "/daybook/manifest").json
    assert dict(book["cards"])[outlet] != before[outlet], "the phone fetches it anew"
    assert book["secrecy"] == [[outlet, "top_secret", "2026-11-23T07:00:00.000Z"]]

    clock.start_at(datetime(2026, 11, 23, 7, 0, 1, tzinfo=UTC))
    book = phone.request("GET", "/daybook/manifest").json
    assert outlet not in dict(book["cards"])
    assert book["secrecy"] == []
    assert outlet in [stop[0] for stop in book["stops"]], "the stop stays in the day"
    pages = phone.request("GET", f"/daybook/pages?cards={outlet}&index=1").json
    assert pages["cards"] == []
    assert outlet not in [row[0] for row in pages["index"]]
    assert phone.request("POST", "/daybook/borrow", {"outlet_id": outlet, "reason": "顺路"}).status == 404

    clock.start_at(datetime(2026, 11, 23, 17, 0, tzinfo=UTC))  # one in the night: Tuesday's book
    assert outlet not in dict(phone.request("GET", "/daybook/manifest").json["cards"])
    clock.start_at(datetime(2026, 11, 23, 22, 0, tzinfo=UTC))  # six in the morning
    assert outlet in dict(phone.request("GET", "/daybook/manifest").json["cards"])


def test_at_the_desk_a_strict_outlet_is_found_by_who_keeps_it_only(
    app: Flask, session: Session, field: Field
):
    outlet = field.outlets[0]
    code = session.get_one(Outlet, outlet).code
    index_numbers(session)
    classify(app, field, outlet, "top_secret")
    for who, finds in (
        (field.custodian, True),
        (field.manager, True),
        (field.supervisor, False),
        (field.administrator, False),
    ):
        at = desk(app, who)
        page = at.request("GET", f"/outlets?words={code}&status=").json
        assert (outlet in [one["id"] for one in page["outlets"]]) is finds, who.login
        numbered = at.request("POST", "/outlets/by-number", {"number": "+852 6000 0000"}).json
        assert (outlet in [one["outlet"]["id"] for one in numbered]) is finds, who.login


def test_only_a_custodian_who_proves_it_sets_a_class_and_each_is_written_down(
    app: Flask, session: Session, field: Field
):
    words = {"outlet_ids": list(field.outlets[:2]), "secrecy": "secret", "reason": "大客户"}
    for who, code in ((field.custodian, "step_up_needed"), (field.manager, "not_allowed")):
        refused = desk(app, who).request("PUT", "/secrecy/outlets", words)
        assert (refused.status, refused.json["code"]) == (403, code)
    keeper = desk(app, field.custodian)
    keeper.step_up()
    assert keeper.request("PUT", "/secrecy/outlets", words).json == {"changed": 2}
    assert keeper.request("PUT", "/secrecy/outlets", words).json == {"changed": 0}
    wrong = keeper.request("PUT", "/secrecy/outlets", {**words, "secrecy": "public"})
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "secrecy")
    missing = keeper.request("PUT", "/secrecy/outlets", {**words, "outlet_ids": [field.outlets[0], 2**30]})
    assert missing.status == 404
    session.rollback()
    entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.deed == "secrecy.outlet")).all()
    assert [one.subject for one in entries] == [f"outlet:{one}" for one in field.outlets[:2]]
    assert all("大客户" not in str(one.detail) for one in entries), "words are kept apart from the chain"


def test_a_field_put_into_the_strictest_class_needs_a_keeper_to_leave(app: Flask, field: Field):
    keeper, asker = desk(app, field.custodian), desk(app, field.supervisor)
    assert asker.ask(fields=["code", "address"])["duties"] == ["approver"]
    keeper.step_up()
    fields = keeper.request("PUT", "/secrecy/fields", {"field": "address", "secrecy": "top_secret"}).json
    assert {"field": "address", "secrecy": "top_secret", "delivered": "normal"} in fields
    assert asker.ask(fields=["code", "address"])["duties"] == ["approver", "keeper"]


def test_no_room_of_the_desk_names_a_top_secret_outlet_to_a_supervisor(
    app: Flask, session: Session, field: Field, phone: FakePhone
) -> None:
    outlet = session.get_one(Outlet, field.outlets[0])
    outlet.name, outlet.name_en = "机密士多", "Confidential Store"
    loose = Outlet(
        code="L1", name="机密新店", name_en="Confidential New", outlet_class="A", status="active",
        territory_id=field.territory, secrecy="top_secret", created_at=MORNING,
    )  # fmt: skip
    session.add(loose)
    session.commit()
    call = phone.visit(field.outlets[0])
    away = {"fix": {"latitude": 22.4, "longitude": 114.2, "accuracy_m": 40.0}, "distance_m": 900.0}
    phone.save("visit.record", {**call, "in": {**call["in"], **away}})
    phone.push()
    supervisor, manager = at_desk(app, field.supervisor), at_desk(app, field.manager)
    complaint = {"outlet_id": field.outlets[0], "kind": "complaint", "text": "冰柜不制冷"}
    case = supervisor.request("POST", "/cases", complaint).json["id"]
    classify(app, field, field.outlets[0], "top_secret")
    wish = {
        "person_id": field.rep.id,
        "reason": "resigned",
        "last_day": "2026-12-23",
        "mode": "serving_notice",
    }
    leaver = manager.request("POST", "/departures", wish).json["case"]["id"]
    lists = (
        "/live/exceptions", "/live/calls", f"/live/people/{field.rep.id}", "/cases", "/vacancies", "/outlets",
        f"/departures/{leaver}/stores", "/departures/known-by-one",
    )  # fmt: skip
    for path in lists:
        told, shown = supervisor.request("GET", path), manager.request("GET", path)
        assert (told.status, shown.status) == (200, 200), path
        assert "机密" not in json.dumps(told.json, ensure_ascii=False), path
        assert "Confidential" not in json.dumps(told.json, ensure_ascii=False), path
        assert "机密" in json.dumps(shown.json, ensure_ascii=False), path
    handover = {"witness_id": None, "steps": [], "answer": "confirmed", "signature": "", "next_visit": None}
    doors = (
        ("GET", f"/cases/{case}/log", None), ("GET", f"/interactions?outlet_id={field.outlets[0]}", None),
        ("POST", "/cases", complaint),
        ("POST", f"/departures/{leaver}/stores/{field.outlets[0]}/handover", handover),
    )  # fmt: skip
    for method, path, body in doors:
        assert supervisor.request(method, path, body).status == 404, path
        assert manager.request(method, path, body).status != 404, path
