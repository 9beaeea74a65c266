"""Turns every failure into problem details (RFC 9457), in the user's language, without stack or SQL."""

import logging
import re
import uuid

from flask import Flask, Response, current_app, g, jsonify, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from server.domain.errors import DomainError
from server.errors import Busy, FieldError, Invalid, RoutebookError
from server.extensions import clock
from server.messages import pick_locale, rule_sentence, title
from server.services import refusals
from server.services.transaction import refusal

log = logging.getLogger("routebook")

HTTP_CODES = {
    400: "refused",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}

# Refusals that are steps of the way, not tries at what is somebody else's.
UNTOLD = frozenset(
    {"step_up_needed", "agreement_needed", "cross_site", "wrong_step_up", "no_passkey", "no_company"}
)
# Somebody has the sign-in and not the device's key, or sends again what was captured (G11, E4).
WITHOUT_KEY = frozenset({"proof_needed", "proof_wrong", "proof_used"})


# What marshmallow says, as rules of ours, so that they are told in the user's language.
SHAPE_RULES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (r"Missing data for required field\.|Field may not be null\.", "required", ()),
    (r"Unknown field\.", "unknown_field", ()),
    (r"Not a valid integer\.", "whole_number", ()),
    (r"Not a valid number\.", "number", ()),
    (r"Special numeric values .*", "finite", ()),
    (r"Not a valid (?:utf-8 )?string\.", "string", ()),
    (r"Control characters are not allowed\.", "text", ()),
    (r"Not a valid boolean\.", "boolean", ()),
    (r"Not a valid UUID\.", "uuid", ()),
    (r"Not a valid date\.", "date", ()),
    (r"Not a valid (?:aware )?datetime\.", "instant", ()),
    (r"Not a valid list\.", "list", ()),
    (r"Invalid (?:type|input type)\.", "type", ()),
    (r"Must be one of: (.*)\.", "one_of", ("allowed",)),
    (r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\.", "range", ("min", "max")),
    (r"Must be greater than or equal to (\S+)\.", "at_least", ("least",)),
    (r"Must be less than or equal to (\S+)\.", "at_most", ("most",)),
    (r"Length must be between (\d+) and (\d+)\.", "length", ("min", "max")),
    (r"Longer than maximum length (\d+)\.", "longer", ("max",)),
    (r"Shorter than minimum length (\d+)\.", "shorter", ("min",)),
)


def locale() -> str:
    """The language of this answer. What access.py knows of the person, never a new question: the failure that is
    told may be the database's."""
    return pick_locale(request.headers.get("Accept-Language"), g.get("locale"))


def field_error(error: FieldError, language: str) -> dict[str, object]:
    """One broken rule as the API shows it."""
    words: dict[str, object] = {
        "field": error.field,
        "rule": error.rule,
        "message": rule_sentence(error.rule, language, error.params),
    }
    if error.row is not None:
        words["row"] = error.row
    return words


def problem(error: RoutebookError) -> Response:
    language = locale()
    errors = [field_error(one, language) for one in error.errors]
    sentence = title(error.code, language)
    answer = jsonify(
        {
            "type": "about:blank",
            "title": sentence,
            "status": error.status,
            "detail": "; ".join(f"{one['field']}: {one['message']}" for one in errors[:5]) or sentence,
            "code": error.code,
            "errors": errors,
            **error.members,
        }
    )
    answer.status_code = error.status
    answer.content_type = "application/problem+json"
    if error.retry_after_s is not None:
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def marshmallow_errors(messages: object, path: str = "") -> list[FieldError]:
    """Flatten marshmallow's nested messages into fields and rules."""
    if isinstance(messages, dict):
        found: list[FieldError] = []
        for key, value in messages.items():
            if key in ("json", "query", "_schema", "files", "form", "headers"):
                found += marshmallow_errors(value, path)
            else:
                found += marshmallow_errors(value, f"{path}.{key}" if path else str(key))
        return found
    if isinstance(messages, list):
        return [error for one in messages for error in marshmallow_errors(one, path)]
    if isinstance(messages, FieldError):
        return [messages]
    words = str(messages)
    for pattern, rule, names in SHAPE_RULES:
        match = re.fullmatch(pattern, words)
        if match:
            return [FieldError(path or "body", rule, dict(zip(names, match.groups(), strict=True)))]
    return [FieldError(path or "body", "other", {"words": words})]


def _note(error: RoutebookError) -> None:
    """Write down who asked for what was not theirs. So many a minute; who tries more is not told apart any better."""
    if error.code in UNTOLD or current_app.extensions["refusal_limit"].wait_s(str(g.person_id)):
        return
    rule = request.url_rule.rule if request.url_rule else ""
    ids = dict(request.view_args or {})
    named = next((f"{key.removesuffix('_id')}:{value}" for key, value in ids.items()), rule)
    try:
        refusals.note_refused(
            person_id=g.person_id,
            code=error.code,
            request=f"{request.method} {rule}",
            subject=str(error.params.get("subject") or named),
            ids=ids,
            now=clock.now(),
        )
    except Busy:
        log.warning("a refusal could not be written down", extra={"path": request.path})


def install(app: Flask) -> None:
    @app.errorhandler(RoutebookError)
    def _refused(error: RoutebookError) -> Response:
        if error.status >= 500:
            log.warning("refused", extra={"code": error.code, "path": request.path})
        is_try = error.status in (403, 404) or error.code in WITHOUT_KEY
        if is_try and g.get("person_id") is not None:
            _note(error)
        return problem(error)

    @app.errorhandler(DomainError)
    def _broken_rule(error: DomainError) -> Response:
        return problem(Invalid(errors=[FieldError(error.field, error.rule, error.params)]))

    @app.errorhandler(DBAPIError)
    def _database(error: DBAPIError) -> Response:
        known = refusal(error)
        return problem(known) if isinstance(known, Busy) else _failed(error)

    @app.errorhandler(PoolTimeout)
    def _no_connection(_error: PoolTimeout) -> Response:
        return problem(Busy())

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        data = getattr(error, "data", None)
        status = error.code or 500
        refused = RoutebookError(HTTP_CODES.get(status, "refused"))
        if isinstance(data, dict) and "messages" in data:
            refused = RoutebookError("invalid", errors=marshmallow_errors(data["messages"])[:100])
        refused.status = status
        answer = problem(refused)
        if error.get_response().headers.get("Allow"):
            answer.headers["Allow"] = error.get_response().headers["Allow"]
        return answer

    @app.errorhandler(Exception)
    def _failed(error: Exception) -> Response:
        # The id ties what the user sees to the log; nothing of the failure itself leaves the server (G15).
        incident = uuid.uuid4().hex[:12]
        log.error("failed", exc_info=error, extra={"incident": incident, "path": request.path})
        if current_app.config.get("PROPAGATE_FAILURES"):
            raise error
        failed = RoutebookError("internal")
        failed.status = 500
        answer = problem(failed)
        answer.headers["X-Incident"] = incident
        return answer
