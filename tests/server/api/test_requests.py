"""Requests of the field that change the book: old and new side by side, decided by another, told to the rep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import Contact, Outlet
from tests.faults.office import Desk, desk, hire, index_numbers
from tests.server.api.desk import words_of
from tests.server.fake_phone import FakePhone, uuid7
from tests.server.field import Field, field_at

MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
FIX = {"latitude": 22.31, "longitude": 114.17, "accuracy_m": 12.0}


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING)


@pytest.fixture
def keeper(app: Flask, field: Field) -> Desk:
    return desk(app, field.custodian)


def change(phone: FakePhone, outlet_id: int, kind: str, old: object, new: object, **more: object) -> str:
    """Send a request; returns its id."""
    request_id = uuid7(clock.now())
    body = {
        "request_id": request_id,
        "outlet_id": outlet_id,
        "kind": kind,
        "old": old,
        "new": new,
        "note": "老板说的",
        "fix": FIX,
        **more,
    }
    operation = phone.save("outlet.change", body)
    phone.push()
    assert phone.result(operation)["status"] == "applied", phone.result(operation)
    return request_id


def shown(keeper: Desk, request_id: str, status: str = "open") -> dict[str, Any]:
    answer = keeper.request("GET", f"/requests?status={status}")
    assert answer.status == 200, answer.data
    (found,) = [one for one in answer.json if one["id"] == request_id]
    return found  # type: ignore[no-any-return]


def decide(keeper: Desk, request_id: str, accept: bool, note: str = "") -> int:
    words = {"accept": accept, "note": note}
    return keeper.request("POST", f"/requests/{request_id}/decide", words).status


def told(phone: FakePhone, request_id: str) -> list[Any]:
    book = phone.request("GET", "/daybook/manifest").json
    (found,) = [row for row in book["requests"] if row[0] == request_id]
    return found  # type: ignore[no-any-return]


def test_a_renamed_outlet_changes_when_the_custodian_says_so_and_the_rep_is_told(
    session: Session, field: Field, phone: FakePhone, keeper: Desk
):
    outlet = session.get_one(Outlet, field.outlets[0])
    name, version = outlet.name, outlet.card_version
    session.rollback()
    key = change(
        phone, outlet.id, "renamed", {"name": name, "name_en": ""}, {"name": "新記士多", "name_en": ""}
    )
    session.rollback()
    assert session.get_one(Outlet, outlet.id).name == name, "nothing changes before it is decided"
    session.rollback()
    assert told(phone, key)[1:] == [outlet.id, "renamed", "open", ""]
    seen = shown(keeper, key)
    assert (seen["old"]["name"], seen["current"]["name"], seen["new"]["name"]) == (name, name, "新記士多")
    assert (seen["person"], seen["latitude"]) != ("", None)

    assert decide(keeper, key, accept=True) == 204
    session.rollback()
    changed = session.get_one(Outlet, outlet.id)
    assert (changed.name, changed.card_version) == ("新記士多", version + 1)
    session.rollback()
    assert told(phone, key)[3] == "accepted"
    assert decide(keeper, key, accept=False, note="太迟") == 409


def test_a_refusal_needs_a_word_and_the_rep_reads_it_for_thirty_days(
    field: Field, phone: FakePhone, keeper: Desk
):
    key = change(phone, field.outlets[0], "closed", {"status": "active"}, {"status": "closed"})
    assert decide(keeper, key, accept=False) == 422
    assert decide(keeper, key, accept=False, note="只是装修") == 204
    assert told(phone, key)[3:] == ["refused", "只是装修"]
    clock.start_at(MORNING + timedelta(days=31))
    phone.sign_in(field.rep)
    book = phone.request("GET", "/daybook/manifest").json
    assert key not in [row[0] for row in book["requests"]]


def test_a_changed_number_is_shown_as_a_mask_and_found_where_it_stands_already(
    session: Session, field: Field, phone: FakePhone, keeper: Desk
):
    outlet, other = field.outlets[0], field.outlets[1]
    contact = session.scalars(sa.select(Contact).where(Contact.outlet_id == outlet)).one().id
    index_numbers(session)
    wanted = {"contact_id": contact, "name": "", "phone": "+852 6000 0001"}
    key = change(phone, outlet, "number", {"contact_id": contact, "name": "陈", "phone": "****0000"}, wanted)
    answer = keeper.request("GET", "/requests")
    assert "6000" not in words_of(answer).replace("**** ", "")
    seen = shown(keeper, key)
    assert seen["new"]["phone"].startswith("****")
    twins = {one["id"] for one in seen["same_number"]}
    assert other in twins
    assert outlet not in twins
    assert seen["changed"], "the phone showed another name than the book has"
    assert decide(keeper, key, accept=True) == 204
    session.rollback()
    assert session.get_one(Contact, contact).phone == "+852 6000 0001"
    session.rollback()
    numbered = keeper.request("POST", "/outlets/by-number", {"number": "60000001"}).json
    assert {outlet, other} <= {one["outlet"]["id"] for one in numbered}


def test_a_new_contact_is_added_and_a_contact_of_another_outlet_is_not_touched(
    session: Session, field: Field, phone: FakePhone, keeper: Desk
):
    outlet = field.outlets[0]
    foreign = session.scalars(sa.select(Contact).where(Contact.outlet_id == field.outlets[1])).one()
    foreign_id, foreign_phone = foreign.id, foreign.phone
    session.rollback()
    none = {"contact_id": None, "name": "", "phone": ""}
    key = change(
        phone, outlet, "number", none, {"contact_id": None, "name": "店员小李", "phone": "2345 6789"}
    )
    bad = change(
        phone, outlet, "number", none, {"contact_id": foreign_id, "name": "换", "phone": "2345 6789"}
    )
    assert decide(keeper, key, accept=True) == 204
    assert decide(keeper, bad, accept=True) == 422
    session.rollback()
    names = [one.name for one in session.scalars(sa.select(Contact).where(Contact.outlet_id == outlet))]
    assert "店员小李" in names
    assert session.get_one(Contact, foreign_id).phone == foreign_phone


def test_a_moved_outlet_is_shown_beside_what_stands_there_and_a_closed_one_leaves_the_book(
    session: Session, field: Field, phone: FakePhone, keeper: Desk
):
    outlet = session.get_one(Outlet, field.outlets[0])
    twin = session.get_one(Outlet, field.outlets[1])
    twin.name, twin.latitude, twin.longitude = outlet.name, 22.3, 114.1
    old = {"latitude": outlet.latitude, "longitude": outlet.longitude, "address": outlet.address}
    session.commit()
    new = {"latitude": 22.3001, "longitude": 114.1, "address": "新址 8 號"}
    key = change(phone, outlet.id, "moved", old, new)
    seen = shown(keeper, key)
    assert [one["id"] for one in seen["near"]] == [twin.id]
    assert not seen["changed"]
    assert decide(keeper, key, accept=True) == 204
    session.rollback()
    moved = session.get_one(Outlet, outlet.id)
    assert (moved.latitude, moved.address, moved.position_source) == (22.3001, "新址 8 號", "rep")
    session.rollback()
    shut = change(phone, outlet.id, "closed", {"status": "active"}, {"status": "closed"})
    assert decide(keeper, shut, accept=True) == 204
    assert outlet.id not in dict(phone.request("GET", "/daybook/manifest").json["cards"])


def test_nobody_decides_on_a_request_of_their_own(app: Flask, session: Session, field: Field, keeper: Desk):
    both = hire(session, "both", ["supervisor", "custodian"], field.supervisor)
    session.execute(sa.text("UPDATE assignment SET person_id = :me WHERE role = 'rep'"), {"me": both.id})
    session.commit()
    own = desk(app, both)
    key = change(own.phone, field.outlets[0], "closed", {"status": "active"}, {"status": "closed"})
    refused = own.request("POST", f"/requests/{key}/decide", {"accept": True, "note": ""})
    assert (refused.status, refused.json["code"]) == (403, "own_request")
    assert decide(keeper, key, accept=True) == 204


def test_new_outlets_and_changes_stand_in_one_list(field: Field, phone: FakePhone, keeper: Desk):
    key = change(phone, field.outlets[0], "closed", {"status": "active"}, {"status": "closed"})
    proposal = uuid7(clock.now())
    body = {
        "proposal_id": proposal,
        "name": "轉角士多",
        "address": "砵蘭街 1 號",
        "outlet_class": "C",
        "channel": "",
        "latitude": 22.3,
        "longitude": 114.1,
        "accuracy_m": 5.0,
        "contact_name": "李太",
        "contact_phone": "2345 6789",
        "note": "",
        "near_duplicates": [],
    }
    phone.save("outlet.propose", body)
    phone.push()
    found = keeper.request("GET", "/requests").json
    assert {(one["kind"], one["id"]) for one in found} == {("closed", key), ("new", proposal)}
    assert b"2345 6789" not in keeper.request("GET", "/requests").data
    assert told(phone, proposal)[1:4] == [None, "new", "open"]


@pytest.mark.parametrize(
    ("kind", "new", "field_name"),
    [
        ("moved", {"latitude": 22.3, "longitude": None, "address": ""}, "new.longitude"),
        ("moved", {"latitude": None, "longitude": None, "address": ""}, "new.address"),
        ("number", {"contact_id": None, "name": "", "phone": ""}, "new.phone"),
        ("closed", {"status": "active"}, "new.status"),
        ("renamed", {"name": "", "name_en": ""}, "new.name"),
        ("renamed", {"name": "x", "name_en": "", "owner_id": 1}, "new.owner_id"),
        ("demolished", {}, "kind"),
    ],
)
def test_a_request_that_says_nothing_or_too_much_is_kept_and_names_the_field(
    field: Field, phone: FakePhone, kind: str, new: object, field_name: str
):
    olds: dict[str, object] = {
        "moved": {"latitude": None, "longitude": None, "address": ""},
        "number": {"contact_id": None, "name": "", "phone": ""},
        "closed": {"status": "active"},
        "renamed": {"name": "", "name_en": ""},
    }
    operation = phone.save(
        "outlet.change",
        {
            "request_id": uuid7(clock.now()),
            "outlet_id": field.outlets[0],
            "kind": kind,
            "old": olds.get(kind, {}),
            "new": new,
            "note": "",
            "fix": None,
        },
    )
    phone.push()
    result = phone.result(operation)
    assert (result["status"], result["code"]) == ("quarantined", "invalid")
    assert result["detail"].split()[0] == field_name


def test_an_outlet_of_another_territory_looks_absent(field: Field, phone: FakePhone):
    operation = phone.save(
        "outlet.change",
        {
            "request_id": uuid7(clock.now()),
            "outlet_id": field.far_outlets[0],
            "kind": "closed",
            "old": {"status": "active"},
            "new": {"status": "closed"},
            "note": "",
            "fix": None,
        },
    )
    phone.push()
    assert phone.result(operation)["code"] == "unknown_outlet"
