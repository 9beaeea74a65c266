"""A person's own notices, and whether word of them is pushed to the device that asks."""

from typing import Any

from flask import current_app
from flask_smorest import Blueprint

from server.api.access import me, signed_in
from server.domain.web_push import base64url, raw_point
from server.extensions import clock, db
from server.schemas.notices import (
    NoticePageSchema,
    NoticeQuerySchema,
    PushStateSchema,
    SeenSchema,
    SubscriptionSchema,
    UnseenSchema,
)
from server.services import notices, push

blueprint = Blueprint("notices", __name__, url_prefix="/api/v1", description="Notices")


@blueprint.get("/notices")
@signed_in
@blueprint.arguments(NoticeQuerySchema, location="query")
@blueprint.response(200, NoticePageSchema)
def list_notices(query: dict[str, Any]) -> object:
    """One's own notices of the last 90 days, the newest first, 100 at most."""
    session, now = db.session(), clock.now()
    found = notices.find_notices(session, me().person_id, now=now, before=query["before"])
    return {"notices": found, "unseen": notices.count_unseen(session, me().person_id, now)}


@blueprint.get("/notices/unseen")
@signed_in
@blueprint.response(200, UnseenSchema)
def count_unseen() -> object:
    """How many of one's own notices have not been seen."""
    return {"unseen": notices.count_unseen(db.session(), me().person_id, clock.now())}


@blueprint.post("/notices/seen")
@signed_in
@blueprint.arguments(SeenSchema)
@blueprint.response(204)
def see(values: dict[str, Any]) -> None:
    """All of one's own up to this one have been seen."""
    notices.see(person_id=me().person_id, up_to=values["up_to"], now=clock.now())


@blueprint.get("/notices/push")
@signed_in
@blueprint.response(200, PushStateSchema)
def push_state() -> object:
    """The key to subscribe with, and whether word is pushed to this device."""
    key = current_app.extensions["push_key"].get()
    return {"key": base64url(raw_point(key)), "on": push.is_on(db.session(), me().device_id)}


@blueprint.put("/notices/push")
@signed_in
@blueprint.arguments(SubscriptionSchema)
@blueprint.response(204)
def subscribe(values: dict[str, Any]) -> None:
    """Push word of one's notices to this device from now on."""
    push.subscribe(
        **values,
        person_id=me().person_id,
        device_id=me().device_id,
        inside=current_app.config["SETTINGS"].inside_hosts,
        now=clock.now(),
    )


@blueprint.delete("/notices/push")
@signed_in
@blueprint.response(204)
def unsubscribe() -> None:
    """Push nothing to this device any more."""
    push.unsubscribe(person_id=me().person_id, device_id=me().device_id, now=clock.now())
