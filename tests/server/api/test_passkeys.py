"""Passkeys beside passwords: registered, used, removed; and the proof before weighty deeds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import AuditEntry, Ceremony, Passkey
from tests.server.api.desk import at_desk
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import PASSWORD, Field, build_field
from tests.server.signing import Authenticator


@pytest.fixture
def field(session: Session) -> Field:
    return build_field(session)


def register(phone: FakePhone, authenticator: Authenticator, **changes: Any) -> Any:
    asked = phone.request("POST", "/passkeys/options", {}).json
    body = {
        "ceremony": asked["ceremony"],
        "credential": authenticator.make(asked["options"]),
        "label": "my phone",
        "prf": True,
        **changes,
    }
    return phone.request("POST", "/passkeys", body)


def sign_in(app: Flask, authenticator: Authenticator) -> Any:
    phone = FakePhone(ClientWire(app.test_client()))
    asked = phone.request("POST", "/session/passkey/options", {}).json
    body = {"ceremony": asked["ceremony"], "credential": authenticator.answer(asked["options"])}
    return phone.request("POST", "/session/passkey", body)


def test_a_passkey_is_registered_signs_in_is_listed_and_removed(app: Flask, field: Field) -> None:
    phone, authenticator = at_desk(app, field.rep), Authenticator()
    made = register(phone, authenticator)
    assert made.status == 201, made.data
    signed = sign_in(app, authenticator)
    assert (signed.status, signed.json["person"]["id"]) == (200, field.rep.id)
    listed = phone.request("GET", "/passkeys").json["passkeys"]
    assert [(one["label"], one["prf"]) for one in listed] == [("my phone", True)]
    assert listed[0]["last_used_at"] is not None
    assert phone.request("DELETE", f"/passkeys/{listed[0]['id']}").status == 204
    assert sign_in(app, authenticator).status == 401
    assert phone.request("GET", "/passkeys").json["passkeys"] == []


def test_registering_and_removing_ask_who_sits_there(app: Flask, field: Field) -> None:
    phone = at_desk(app, field.rep, stepped_up=False)
    assert phone.request("POST", "/passkeys/options", {}).status == 200, "a sign-in just now is a proof"
    clock.start_at(clock.now() + timedelta(minutes=5, seconds=1))
    for method, path in (
        ("POST", "/passkeys/options"),
        ("DELETE", "/passkeys/1"),
    ):
        answer = phone.request(method, path, {})
        assert (answer.status, answer.json["code"]) == (403, "step_up_needed")


def test_a_step_up_holds_for_five_minutes_and_for_its_sign_in_only(app: Flask, field: Field) -> None:
    other, phone = at_desk(app, field.rep, stepped_up=False), at_desk(app, field.rep, stepped_up=False)
    clock.start_at(clock.now() + timedelta(minutes=6))
    assert phone.request("POST", "/session/step-up", {"password": PASSWORD}).status == 200
    assert phone.request("POST", "/passkeys/options", {}).status == 200
    assert other.request("POST", "/passkeys/options", {}).status == 403
    clock.start_at(clock.now() + timedelta(minutes=5, seconds=1))
    assert phone.request("POST", "/passkeys/options", {}).status == 403
    wrong = phone.request("POST", "/session/step-up", {"password": "not the password"})
    assert (wrong.status, wrong.json["code"]) == (403, "wrong_step_up")
    assert phone.request("POST", "/session/step-up", {"password": PASSWORD}).status == 200
    assert phone.request("POST", "/passkeys/options", {}).status == 200


def test_a_passkey_steps_up_its_own_person_only(app: Flask, field: Field) -> None:
    authenticator = Authenticator()
    assert register(at_desk(app, field.rep), authenticator).status == 201
    phone, stranger = at_desk(app, field.rep, stepped_up=False), at_desk(app, field.other_rep)
    assert stranger.request("POST", "/session/step-up/options", {}).json["code"] == "no_passkey"
    asked = phone.request("POST", "/session/step-up/options", {}).json
    body = {"ceremony": asked["ceremony"], "credential": authenticator.answer(asked["options"])}
    refused = stranger.request("POST", "/session/step-up/passkey", body)
    assert (refused.status, refused.json["code"]) == (403, "wrong_step_up")
    assert phone.request("POST", "/session/step-up/passkey", body).status == 200
    assert phone.request("POST", "/passkeys/options", {}).status == 200
    assert phone.request("POST", "/session/step-up/passkey", body).status == 403, "answered once"


@pytest.mark.parametrize(
    "twist",
    [
        {"origin": "https://elsewhere.example"},
        {"rp_id": "elsewhere.example"},
        {"verified": False},
    ],
)
def test_what_was_made_for_another_site_or_without_its_owner_is_not_believed(
    app: Flask, field: Field, twist: dict[str, Any]
) -> None:
    phone = at_desk(app, field.rep)
    refused = register(phone, Authenticator(**twist))
    assert (refused.status, refused.json["errors"][0]["rule"]) == (422, "not_believed")
    authenticator = Authenticator()
    assert register(phone, authenticator).status == 201
    for name, value in twist.items():
        setattr(authenticator, name, value)
    assert sign_in(app, authenticator).status == 401


def test_a_copied_authenticator_is_noticed_by_its_counter(app: Flask, field: Field) -> None:
    authenticator = Authenticator()
    assert register(at_desk(app, field.rep), authenticator).status == 201
    assert sign_in(app, authenticator).status == 200
    assert sign_in(app, authenticator).status == 200
    authenticator.count = 0
    assert sign_in(app, authenticator).status == 401


def test_a_challenge_is_answered_within_five_minutes_and_once(
    app: Flask, field: Field, session: Session
) -> None:
    authenticator = Authenticator()
    assert register(at_desk(app, field.rep), authenticator).status == 201
    phone = FakePhone(ClientWire(app.test_client()))
    asked = phone.request("POST", "/session/passkey/options", {}).json
    body = {"ceremony": asked["ceremony"], "credential": authenticator.answer(asked["options"])}
    assert phone.request("POST", "/session/passkey", body).status == 200
    assert phone.request("POST", "/session/passkey", body).status == 401
    late = phone.request("POST", "/session/passkey/options", {}).json
    clock.start_at(clock.now() + timedelta(minutes=6))
    body = {"ceremony": late["ceremony"], "credential": authenticator.answer(late["options"])}
    assert phone.request("POST", "/session/passkey", body).status == 401
    phone.request("POST", "/session/passkey/options", {})
    session.rollback()
    assert len(session.scalars(select(Ceremony)).all()) == 1, "what nobody answered is forgotten"


@pytest.mark.parametrize("credential", [{}, {"id": "!"}, {"id": "AAAA", "response": 7}, {"id": ["x"]}])
def test_an_answer_that_is_none_is_refused(app: Flask, field: Field, credential: dict[str, Any]) -> None:
    phone = at_desk(app, field.rep)
    asked = phone.request("POST", "/session/passkey/options", {}).json
    body = {"ceremony": asked["ceremony"], "credential": credential}
    assert phone.request("POST", "/session/passkey", body).status == 401
    asked = phone.request("POST", "/passkeys/options", {}).json
    made = phone.request(
        "POST",
        "/passkeys",
        {"ceremony": asked["ceremony"], "credential": credential, "label": "x", "prf": False},
    )
    assert made.status == 422


def test_nobody_removes_anothers_passkey_and_the_try_is_written_down(
    app: Flask, field: Field, session: Session
) -> None:
    register(at_desk(app, field.rep), Authenticator())
    session.rollback()
    passkey_id = session.scalars(select(Passkey.id)).one()
    session.rollback()
    assert at_desk(app, field.other_rep).request("DELETE", f"/passkeys/{passkey_id}").status == 404
    session.rollback()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.deed == "access.refused")).one()
    assert (entry.person_id, entry.subject) == (field.other_rep.id, f"passkey:{passkey_id}")
