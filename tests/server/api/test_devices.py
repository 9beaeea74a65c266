"""POST /devices: a phone's sequence has no unseen holes, even when its storage was emptied."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.extensions import clock
from tests.server.fake_phone import ClientWire, FakePhone, uuid7
from tests.server.field import Field, build_field


@pytest.fixture
def field(session: Session) -> Field:
    return build_field(session)


@pytest.fixture
def phone(client: FlaskClient, field: Field) -> FakePhone:
    phone = FakePhone(ClientWire(client))
    assert phone.sign_in(field.rep).status == 200
    return phone


def save_visits(phone: FakePhone, field: Field, count: int) -> None:
    for _ in range(count):
        phone.save("visit.record", phone.visit(field.outlets[0]))


def test_B8_an_emptied_phone_learns_which_numbers_it_lost(app: Flask, phone: FakePhone, field: Field) -> None:
    save_visits(phone, field, 5)
    kept_from_server = phone.queue[2:]
    phone.push(phone.queue[:2])
    assert len(kept_from_server) == 3
    again = FakePhone(ClientWire(app.test_client()))
    answer = again.sign_in(field.rep, known={"device_id": phone.device_id, "highest_seq": 5})
    assert answer.json["lost"] == [{"from": 3, "to": 5}]
    desk = FakePhone(ClientWire(app.test_client()))
    desk.sign_in(field.supervisor)
    seen = {one["id"]: one for one in desk.request("GET", "/devices?troubled=1").json["devices"]}
    assert seen[phone.device_id]["lost"] == [{"from": 3, "to": 5}]


def test_a_phone_that_goes_on_under_its_old_id_goes_on_above_what_it_lost(
    app: Flask, phone: FakePhone, field: Field
) -> None:
    save_visits(phone, field, 2)
    phone.push()
    again = FakePhone(ClientWire(app.test_client()), device_id=phone.device_id)
    answer = again.sign_in(field.rep, known={"device_id": phone.device_id, "highest_seq": 6}).json
    assert (answer["contiguous_seq"], answer["next_seq"], answer["lost"]) == (6, 7, [{"from": 3, "to": 6}])
    save_visits(again, field, 1)
    assert again.push()["missing"] == []


def test_a_number_that_was_thought_lost_and_comes_after_all_is_found(phone: FakePhone, field: Field) -> None:
    save_visits(phone, field, 3)
    phone.push(phone.queue[:1])
    phone.register(known={"device_id": phone.device_id, "highest_seq": 3})
    assert phone.push()["results"][0]["status"] == "applied"
    assert phone.register().json["lost"] == []


def test_A6_a_gap_is_reported_to_the_office_after_24_hours(
    app: Flask, phone: FakePhone, field: Field
) -> None:
    save_visits(phone, field, 3)
    del phone.queue[1]
    phone.push()
    desk = FakePhone(ClientWire(app.test_client()))
    desk.sign_in(field.supervisor)

    def seen() -> Any:
        return next(
            one for one in desk.request("GET", "/devices").json["devices"] if one["id"] == phone.device_id
        )

    assert (seen()["missing"], seen()["gap_reported"]) == ([{"from": 2, "to": 2}], False)
    clock.start_at(clock.now() + timedelta(hours=25))
    assert seen()["gap_reported"] is True


def test_a_device_belongs_to_one_person(app: Flask, phone: FakePhone, field: Field) -> None:
    other = FakePhone(ClientWire(app.test_client()), device_id=phone.device_id)
    refused = other.sign_in(field.other_rep)
    assert (refused.status, refused.json["code"]) == (409, "device_of_another")


def test_another_persons_device_in_known_tells_nothing(app: Flask, phone: FakePhone, field: Field) -> None:
    other = FakePhone(ClientWire(app.test_client()))
    answer = other.sign_in(field.other_rep, known={"device_id": phone.device_id, "highest_seq": 9})
    assert (answer.status, answer.json["lost"], answer.json["next_seq"]) == (200, [], 1)
    assert phone.register().json["lost"] == []


@pytest.mark.parametrize(
    "known",
    [{"device_id": "x", "highest_seq": 1}, {"device_id": uuid7(clock.now()), "highest_seq": 10**9}, 7],
)
def test_a_registration_that_breaks_a_rule_is_refused(phone: FakePhone, known: Any) -> None:
    assert phone.register(known=known).status == 422


def test_a_rep_does_not_see_the_list_of_devices(phone: FakePhone) -> None:
    assert phone.request("GET", "/devices").status == 403
