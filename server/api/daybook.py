"""The pull side: manifest, pages, and cards borrowed for an unplanned visit."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, request
from flask_smorest import Blueprint
from marshmallow import RAISE

from server.api.access import me, requires
from server.api.audit import checkpoint_view
from server.extensions import clock, db
from server.schemas.daybook import (
    BorrowedSchema,
    BorrowSchema,
    LeaseKeyAskedSchema,
    LeaseKeySchema,
    PagesQuerySchema,
)
from server.services import daybook

blueprint = Blueprint("daybook", __name__, url_prefix="/api/v1/daybook", description="The day book")


@blueprint.get("/manifest")
@requires("daybook.read")
@blueprint.response(200)
@blueprint.alt_response(304, description="Nothing changed since the version in If-None-Match")
def manifest() -> Response:
    """What the phone may hold today: it fetches what differs and deletes what is not listed."""
    who = me()
    asking = daybook.Asking(who.person_id, who.device_id, who.roles)
    content = daybook.build_manifest(db.session(), asking, clock.now())
    version = str(content["version"])
    seq, epoch = int(str(content["server_seq"])), UUID(str(content["epoch"]))
    content["checkpoint"] = checkpoint_view(seq, epoch)
    unchanged = request.if_none_match.contains_weak(version)
    answer = Response(status=304) if unchanged else jsonify(content)
    answer.set_etag(version)
    return answer


@blueprint.get("/pages")
@requires("daybook.read")
@blueprint.arguments(PagesQuerySchema, location="query", unknown=RAISE)
@blueprint.response(200)
def pages(asked: dict[str, Any]) -> Response:
    """Cards of the manifest, and the catalogue, index and load where they are asked for."""
    wanted = daybook.Wanted(asked["cards"], asked["catalogue"], asked["index"], asked["load_page"])
    who = me()
    asking = daybook.Asking(who.person_id, who.device_id, who.roles)
    return jsonify(daybook.build_pages(db.session(), asking, wanted, clock.now()))


@blueprint.post("/borrow")
@requires("daybook.read")
@blueprint.arguments(BorrowSchema)
@blueprint.response(200, BorrowedSchema)
def borrow(values: dict[str, Any]) -> dict[str, int]:
    """Take out the card of another outlet of one's own routes, for an unplanned visit today."""
    borrowed = daybook.borrow_card(
        person_id=me().person_id, outlet_id=values["outlet_id"], reason=values["reason"], now=clock.now()
    )
    return {"borrowed": borrowed}


@blueprint.post("/lease-key")
@requires("daybook.read")
@blueprint.arguments(LeaseKeyAskedSchema)
@blueprint.response(200, LeaseKeySchema)
@blueprint.alt_response(409, description="Another lease is the present one, or the sign-in has no device")
def lease_key(values: dict[str, Any]) -> daybook.Lent:
    """The key under which this device keeps the book of the present lease. Told once: asking again makes another."""
    who = me()
    asking = daybook.Asking(who.person_id, who.device_id, who.roles)
    return daybook.give_key(
        asking=asking, lease_id=values["lease_id"], unlock=values["unlock"], now=clock.now()
    )
