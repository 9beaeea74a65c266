"""The OpenAPI document against the server itself: what schemathesis makes of the document, sent to every operation.

Nothing may be found: no failure of the server's own (5xx), no answer that the document does not know, none of another
shape or type than it says. Who asks may do everything, so that the questions come as far as the deeds.
"""

from __future__ import annotations

import os
from typing import Any

import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.permission import ROLES
from server.extensions import api
from server.models import Person, PersonRole
from tests.server.field import BEGAN, PASSWORD, build_field

EXAMPLES = int(os.environ.get("ROUTEBOOK_EXAMPLES", "3"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def test_every_operation_says_what_it_answers_and_how_it_refuses(app: Flask) -> None:
    paths = api.spec.to_dict()["paths"]
    operations = [
        (f"{method.upper()} {path}", operation)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method != "parameters"
    ]
    assert len(operations) > 50
    for name, operation in operations:
        answers = operation["responses"]
        assert any(status.startswith("2") for status in answers), name
        assert "application/problem+json" in answers["default"]["content"], name


def test_whatever_is_asked_the_answer_is_one_that_the_document_knows(app: Flask, session: Session) -> None:
    build_field(session)
    boss = session.scalars(select(Person).where(Person.login == "administrator")).one()
    held = {role.role for role in boss.roles}
    boss.roles += [PersonRole(role=role, valid_from=BEGAN.date()) for role in ROLES if role not in held]
    session.commit()
    schema = schemathesis.openapi.from_dict(api.spec.to_dict())
    schema.app = app
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 50
    faults = []
    for operation in operations:
        try:
            ask(app, operation)
        except* (Exception, FailureGroup) as found:
            faults.append(f"{operation.label}: {words(found)}")
    assert faults == []


def ask(app: Flask, operation: APIOperation[Any, Any, Any]) -> None:
    """Ask one operation as somebody who is signed in, stepped up and allowed everything."""
    cookies = signed_in(app.test_client())

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def one(case: Any) -> None:
        answer = case.call(cookies=cookies, headers={"Accept-Encoding": "identity"})
        expected = {int(status) for status in operation.definition.raw["responses"] if status.isdigit()}
        assert answer.status_code >= 400 or answer.status_code in expected, (
            f"{operation.label} answered {answer.status_code}, which the document does not know"
        )
        case.validate_response(answer, checks=CHECKS)

    one()


def words(found: BaseExceptionGroup[BaseException]) -> str:
    """What went wrong, without the stack."""
    return "; ".join(
        words(one) if isinstance(one, BaseExceptionGroup) else f"{type(one).__name__} {one}"
        for one in found.exceptions
    )


def signed_in(client: FlaskClient) -> dict[str, str]:
    known = {"login": "administrator", "password": PASSWORD}
    assert client.post("/api/v1/session", json=known).status_code == 200
    assert client.post("/api/v1/session/step-up", json={"password": PASSWORD}).status_code == 200
    cookie = client.get_cookie("routebook")
    assert cookie is not None
    return {"routebook": cookie.value}
