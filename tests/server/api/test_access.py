"""The whole building: who may call what. New views are held to it without being named here."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.api.access import PUBLIC, SIGNED_IN, access_of
from server.domain.permission import PERMISSIONS, ROLES
from tests.server.field import PASSWORD, build_field

# The only doors that open without a sign-in.
OPEN_DOORS = {
    ("GET", "/"),
    ("GET", "/<path:path>"),
    # A store's owner is nobody's employee: a code of 128 bits opens one page, once.
    ("GET", "/h/<code>"),
    ("POST", "/h/<code>"),
    ("GET", "/api/v1/health"),
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/session/passkey/options"),
    ("POST", "/api/v1/session/passkey"),
    ("POST", "/api/v1/session/recover"),
    # Opens with a device's signature instead, and gives nothing but receipts.
    ("POST", "/api/v1/dropbox"),
    # Finds nothing: the address of an export is no key to it.
    ("GET", "/api/v1/exports/<uuid:export_id>/file"),
}


def doors(app: Flask) -> list[tuple[str, str, str]]:
    """(method, rule, endpoint) of every view."""
    return [
        (method, rule.rule, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"})
    ]


def address(rule: str) -> str:
    """A rule with something plausible in its places."""
    rule = re.sub(r"<uuid:[^>]+>", "0193a2b4-0000-7000-8000-000000000000", rule)
    rule = re.sub(r"<int:[^>]+>", "1", rule)
    return re.sub(r"<[^>]+>", "x", rule)


def test_every_view_says_who_may_call_it(app: Flask):
    for method, rule, endpoint in doors(app):
        word = access_of(app, endpoint, method)
        assert word in (PUBLIC, SIGNED_IN) or word in PERMISSIONS, f"{method} {rule} says {word!r}"


def test_only_the_known_doors_are_open_to_all(app: Flask):
    found = {
        (method, rule) for method, rule, endpoint in doors(app) if access_of(app, endpoint, method) == PUBLIC
    }
    assert found == OPEN_DOORS


def test_every_other_door_asks_for_a_sign_in_before_anything_else(
    app: Flask, client: FlaskClient, session: Session
):
    build_field(session)
    walked = 0
    for method, rule, _ in doors(app):
        if (method, rule) in OPEN_DOORS:
            continue
        answer = client.open(address(rule), method=method, data=b"{not json", content_type="application/json")
        assert answer.status_code == 401, f"{method} {rule} answered {answer.status_code}"
        assert answer.json["code"] == "not_signed_in"
        walked += 1
    assert walked > 20


@pytest.mark.parametrize("role", ["rep", "driver", "supervisor", "manager", "custodian", "administrator"])
def test_a_role_without_the_permission_is_told_so_at_every_door(
    app: Flask, client: FlaskClient, session: Session, role: str
):
    build_field(session)
    signed = client.post("/api/v1/session", json={"login": role, "password": PASSWORD})
    assert signed.status_code == 200
    for method, rule, endpoint in doors(app):
        word = access_of(app, endpoint, method)
        if word in (PUBLIC, SIGNED_IN) or role in PERMISSIONS[word]:
            continue
        answer = client.open(address(rule), method=method, json={})
        assert answer.status_code == 403, f"{role}: {method} {rule} answered {answer.status_code}"


def test_every_permission_is_held_by_somebody_and_by_known_roles_only():
    for name, holders in PERMISSIONS.items():
        assert holders, name
        assert holders <= set(ROLES), name


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_G1_a_request_made_by_another_site_is_refused(client: FlaskClient, session: Session, headers):
    build_field(session)
    answer = client.post("/api/v1/session", json={"login": "rep", "password": PASSWORD}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (403, "cross_site")
    same = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
    assert (
        client.post("/api/v1/session", json={"login": "rep", "password": PASSWORD}, headers=same).status_code
        == 200
    )
