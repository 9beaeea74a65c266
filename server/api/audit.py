"""The audit on the desk: search, what a person opened, whether the chain is whole. And one's own record."""

import contextlib
from typing import Any
from uuid import UUID

from flask import Flask, Response, current_app, request
from flask_smorest import Blueprint

from server.api.access import SAFE_METHODS, me, requires, signed_in
from server.errors import Busy, StorageFull
from server.extensions import clock, db
from server.schemas.audit import (
    AuditPageSchema,
    AuditPersonSchema,
    AuditQuerySchema,
    AuditStateSchema,
    OpeningsSchema,
    RecordSchema,
    VerdictSchema,
)
from server.services import audit_search, audit_state, unreadable
from server.services.checkpoints import CheckpointKeeper

blueprint = Blueprint("audit", __name__, url_prefix="/api/v1", description="Audit")


def keeper() -> CheckpointKeeper:
    found: CheckpointKeeper = current_app.extensions["checkpoints"]
    return found


def checkpoint_view(seq: int, epoch: UUID) -> dict[str, object] | None:
    """The newest checkpoint as phones get it. `seq`, `epoch`: the chain's end as it was just read."""
    found = keeper().current(db.session(), now=clock.now(), end=(seq, epoch))
    return found.words() if found else None


def install(app: Flask) -> None:
    @app.after_request
    def _tell_unreadable(answer: Response) -> Response:
        """What did not open on the way is on record with the answer; where the database is busy, with the next one."""
        with contextlib.suppress(Busy, StorageFull):
            unreadable.tell(now=clock.now())
        return answer

    @app.after_request
    def _keep_up(answer: Response) -> Response:
        """What the desk does is signed too, within a minute, where no phone asks."""
        if request.method not in SAFE_METHODS and answer.status_code < 400:
            current_app.extensions["clock_watch"].keep_up(db.session(), now=clock.now())
            keeper().keep_up(db.session(), now=clock.now())
        return answer


@blueprint.get("/audit/entries")
@requires("audit.read")
@blueprint.arguments(AuditQuerySchema, location="query")
@blueprint.response(200, AuditPageSchema)
def list_entries(query: dict[str, Any]) -> object:
    """Entries that fit, the newest first. Each search is an entry itself."""
    search = audit_search.Search(**query)
    if search.before is None:
        audit_search.note_search(search, by=me().person_id, now=clock.now())
    found = audit_search.find_entries(db.session(), search)
    return {"entries": found, "next": found[-1].seq if len(found) == audit_search.PAGE else None}


@blueprint.get("/audit/people")
@requires("audit.read")
@blueprint.response(200, AuditPersonSchema(many=True))
def list_people() -> object:
    """Everybody whose deeds can be asked for, by name."""
    return audit_search.find_people(db.session())


@blueprint.get("/audit/people/<int:person_id>/openings")
@requires("audit.read")
@blueprint.response(200, OpeningsSchema)
def openings(person_id: int) -> object:
    """What a person opened in their last 90 days, on one page."""
    found = audit_search.openings_of(db.session(), person_id, now=clock.now())
    audit_search.note_openings_read(person_id, by=me().person_id, now=clock.now())
    return found


@blueprint.get("/audit/state")
@requires("audit.read")
@blueprint.response(200, AuditStateSchema)
def state() -> object:
    """The chain's length, the newest checkpoint, and what the last check found."""
    return audit_state.get_state(db.session(), keeper(), now=clock.now())


@blueprint.post("/audit/verify")
@requires("audit.read")
@blueprint.response(200, VerdictSchema)
def verify() -> object:
    """Check the whole chain now."""
    return audit_state.verify_now(db.session(), keeper(), by=me().person_id, now=clock.now())


@blueprint.get("/me/record")
@signed_in
@blueprint.response(200, RecordSchema)
def own_record() -> object:
    """The numbers that one opened in the last 90 days, and who looked at one's own record."""
    since = clock.now() - audit_search.LAST_90_DAYS
    session, who = db.session(), me().person_id
    return {
        "openings": audit_search.find_openings(session, who, since=since),
        "lookers": audit_search.find_lookers(session, who, since=since),
    }
