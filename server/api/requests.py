"""Requests of the field that change the book, decided at the desk."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.api.access import me, requires
from server.extensions import clock, db
from server.schemas.requests import RequestDecisionSchema, RequestQuerySchema, RequestSchema
from server.services import requests

blueprint = Blueprint("requests", __name__, url_prefix="/api/v1/requests", description="Requests")


@blueprint.get("")
@requires("requests.decide")
@blueprint.arguments(RequestQuerySchema, location="query")
@blueprint.response(200, RequestSchema(many=True))
def list_requests(query: dict[str, Any]) -> object:
    """New outlets and changed cards, each with the old value beside the new one."""
    return requests.find_requests(db.session(), status=query["status"])


@blueprint.post("/<uuid:request_id>/decide")
@requires("requests.decide")
@blueprint.arguments(RequestDecisionSchema)
@blueprint.response(204)
def decide_request(values: dict[str, Any], request_id: UUID) -> None:
    """Let a change into the book, or refuse it. A new outlet is decided under /proposals."""
    requests.decide_request(request_id=request_id, **values, by=me().person_id, now=clock.now())
