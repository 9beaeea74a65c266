"""The day live, for supervisors: routes, exceptions, calls made, and one rep's day.

Asked again every half minute, so each answer carries a version, and an unchanged one is a 304 that reads a single row.
"""

from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import Response, jsonify, request
from flask_smorest import Blueprint
from marshmallow import RAISE

from server.api.access import requires, seen, within
from server.extensions import clock, db
from server.schemas.live import (
    LiveCallsQuerySchema,
    LiveCallsSchema,
    LiveExceptionsSchema,
    LiveSchema,
    TimelineSchema,
)
from server.services import live, scopes

blueprint = Blueprint("live", __name__, url_prefix="/api/v1/live", description="The day live")
UNCHANGED = "Nothing changed since the version in If-None-Match"

Answer = dict[str, Any]


@blueprint.get("")
@requires("live.read")
@blueprint.response(200, LiveSchema)
@blueprint.alt_response(304, description=UNCHANGED)
def routes() -> Response:
    """Each route's day so far: planned, done, late, skipped, orders, and when its phone was heard last."""

    def read(board: live.Board) -> Answer:
        return {"routes": live.find_routes(db.session(), board)}

    return _versioned(read)


@blueprint.get("/exceptions")
@requires("live.read")
@blueprint.response(200, LiveExceptionsSchema)
@blueprint.alt_response(304, description=UNCHANGED)
def exceptions() -> Response:
    """What to look at first: stuck queues, silent phones, far check-ins, copied counts, very short calls."""

    def read(board: live.Board) -> Answer:
        found = live.find_exceptions(db.session(), board)
        return {"totals": found.totals, "exceptions": found.exceptions}

    return _versioned(read)


@blueprint.get("/calls")
@requires("live.read")
@blueprint.arguments(LiveCallsQuerySchema, location="query", unknown=RAISE)
@blueprint.response(200, LiveCallsSchema)
@blueprint.alt_response(304, description=UNCHANGED)
def calls(query: dict[str, Any]) -> Response:
    """The calls made today and where their check-ins were, the newest 2,000. Nobody is tracked between calls."""

    def read(board: live.Board) -> Answer:
        found = live.find_calls(db.session(), board, route_id=query["route_id"])
        return {"total": found.total, "calls": found.calls}

    return _versioned(read)


@blueprint.get("/people/<int:person_id>")
@requires("live.read")
@blueprint.response(200, TimelineSchema)
@blueprint.alt_response(304, description=UNCHANGED)
def timeline(person_id: int) -> Response:
    """One rep's day: the calls in their order, the pauses between them, the stores not reached."""

    def read(board: live.Board) -> Answer:
        found = live.get_timeline(db.session(), board, person_id)
        return {one.name: getattr(found, one.name) for one in fields(found)}

    scopes.check_person_within(db.session(), within(), person_id, f"person:{person_id}")
    return _versioned(read)


def _versioned(read: Callable[[live.Board], Answer]) -> Response:
    """What `read` finds, under the version that it hangs on; not read at all when the reader has that version."""
    scope, now, session = within(), clock.now(), db.session()
    version = live.find_version(session, scope, seen(), now)
    if request.if_none_match.contains_weak(version):
        unchanged = Response(status=304)
        unchanged.set_etag(version)
        return unchanged
    answer = jsonify(_plain({"as_of": now, **read(live.open_board(session, scope, seen(), now))}))
    answer.set_etag(version)
    return answer


def _plain(value: Any) -> Any:
    """What JSON can hold of rows as the services give them. The schemas say the same in the document; to walk them for
    two thousand calls costs ten times as much."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
