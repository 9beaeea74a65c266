"""Signing in and out, and what a refusal looks like."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.throttle import FREE_TRIES
from server.extensions import clock
from server.models import AuditEntry, Person, SignIn
from tests.server.field import PASSWORD, build_field


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD, **headers: str):
    return client.post("/api/v1/session", json={"login": login, "password": password}, headers=headers)


def test_a_person_signs_in_and_is_told_who_they_are_and_what_they_may_do(
    client: FlaskClient, session: Session
):
    field = build_field(session)
    answer = sign_in(client, "rep")
    assert answer.status_code == 200
    assert answer.json["person"]["id"] == field.rep.id
    assert answer.json["person"]["roles"] == ["rep"]
    assert answer.json["timezone"] == "Asia/Hong_Kong"
    assert client.get("/api/v1/session").json["person"]["id"] == field.rep.id


def test_a_login_is_the_same_in_any_case_and_width(client: FlaskClient, session: Session):
    build_field(session)
    assert sign_in(client, "  ＲＥＰ ").status_code == 200


def test_G6_unknown_login_and_wrong_password_get_the_same_answer(client: FlaskClient, session: Session):
    build_field(session)
    wrong, unknown = sign_in(client, "rep", "wrong password"), sign_in(client, "nobody", "wrong password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json == unknown.json


def test_the_database_keeps_neither_password_nor_token(client: FlaskClient, session: Session):
    build_field(session)
    sign_in(client, "rep")
    token = client.get_cookie("routebook")
    assert token is not None
    session.rollback()
    assert (
        session.scalars(select(Person.password_hash).where(Person.login == "rep"))
        .one()
        .startswith("$argon2id$")
    )
    stored = session.scalars(select(SignIn.token_sha256)).one()
    assert stored not in token.value


def test_signing_out_ends_the_session_on_the_server(client: FlaskClient, session: Session):
    build_field(session)
    sign_in(client, "rep")
    stolen = client.get_cookie("routebook")
    assert stolen is not None
    assert client.delete("/api/v1/session").status_code == 204
    client.set_cookie("routebook", stolen.value)
    assert client.get("/api/v1/session").status_code == 401


def test_a_frozen_person_is_out_at_the_next_request_and_cannot_come_back(
    client: FlaskClient, session: Session
):
    field = build_field(session)
    sign_in(client, "rep")
    session.rollback()
    session.get_one(Person, field.rep.id).status = "frozen"
    session.commit()
    assert client.get("/api/v1/session").status_code == 401
    assert sign_in(client, "rep").status_code == 401


def test_a_sign_in_ends_after_thirty_days(client: FlaskClient, session: Session):
    build_field(session)
    sign_in(client, "rep")
    clock.start_at(clock.now() + timedelta(days=31))
    assert client.get("/api/v1/session").status_code == 401


def test_G4_the_token_is_a_new_one_at_each_sign_in(client: FlaskClient, session: Session):
    build_field(session)
    client.set_cookie("routebook", "preset-by-somebody-else")
    sign_in(client, "rep")
    first = client.get_cookie("routebook")
    sign_in(client, "rep")
    second = client.get_cookie("routebook")
    assert first is not None
    assert second is not None
    assert "preset" not in first.value
    assert first.value != second.value


def test_guessing_is_slowed_for_one_account_and_one_address_only(client: FlaskClient, session: Session):
    build_field(session)
    for _ in range(FREE_TRIES):
        assert sign_in(client, "manager", "wrong password").status_code == 401
    slowed = sign_in(client, "manager", "wrong password")
    assert slowed.status_code == 429
    assert int(slowed.headers["Retry-After"]) >= 1
    assert sign_in(client, "supervisor").status_code == 200, "another account from the same address"
    elsewhere = client.post(
        "/api/v1/session",
        json={"login": "manager", "password": PASSWORD},
        environ_overrides={"REMOTE_ADDR": "192.0.2.77"},
    )
    assert elsewhere.status_code == 200, "the owner from another address"


def test_each_sign_in_is_in_the_audit_chain(client: FlaskClient, session: Session):
    field = build_field(session)
    sign_in(client, "rep")
    session.rollback()
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.deed, entry.person_id, entry.seq) == ("person.sign_in", field.rep.id, 1)


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ('{"login": "rep"}', "password", "required"),
        ('{"login": "rep", "password": "x", "roles": ["administrator"]}', "roles", "unknown_field"),
        ('{"login": 7, "password": "x"}', "login", "string"),
        ('{"login": NaN, "password": "x"}', "body", "finite"),
        ('{"login": 1e400, "password": "x"}', "body", "finite"),
        ('{"login": "a", "login": "b", "password": "x"}', "login", "duplicate_key"),
        ('{"login": "\\ud800", "password": "x"}', "body", "text"),
        ("{", "body", "format"),
        ("[" * 100_000, "body", "format"),
    ],
)
def test_H1_a_body_that_breaks_a_rule_names_field_and_rule_in_the_users_language(
    client: FlaskClient, session: Session, body: str, field: str, rule: str
):
    build_field(session)
    english = client.post(
        "/api/v1/session", data=body, content_type="application/json", headers={"Accept-Language": "en"}
    )
    chinese = client.post(
        "/api/v1/session", data=body, content_type="application/json", headers={"Accept-Language": "zh-CN"}
    )
    assert english.status_code in (400, 422)
    assert english.content_type == "application/problem+json"
    assert {"field": field, "rule": rule} in [
        {"field": one["field"], "rule": one["rule"]} for one in english.json["errors"]
    ]
    assert english.json["detail"] != chinese.json["detail"]


def test_the_language_is_kept_with_the_person(client: FlaskClient, session: Session):
    build_field(session)
    sign_in(client, "rep")
    assert client.patch("/api/v1/session", json={"locale": "zh-CN"}).json["person"]["locale"] == "zh-CN"
    assert client.patch("/api/v1/session", json={"locale": "fr"}).status_code == 422


def test_answers_are_never_stored_and_carry_the_security_headers(client: FlaskClient, session: Session):
    build_field(session)
    answer = client.get("/api/v1/health")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "require-trusted-types-for 'script'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_G15_an_address_that_does_not_exist_tells_nothing(client: FlaskClient, session: Session):
    build_field(session)
    answer = client.get("/api/v1/nothing/here")
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_only_signing_in_sets_the_cookie_so_that_a_late_answer_cannot_bring_back_the_sign_in_before(
    client: FlaskClient, session: Session
):
    build_field(session)
    assert sign_in(client, "rep").headers["Set-Cookie"]
    for network in ("10.0.0.1", "10.0.0.2"):
        answer = client.get(
            "/api/v1/session", environ_base={"REMOTE_ADDR": network}, headers={"User-Agent": network}
        )
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
