"""Reveals: the one way to a contact's number, and requests for more of them."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.api.access import asks_approval, me, requires
from server.domain.operation_bodies import ContactReveal
from server.domain.operation_bodies.reading import Fix
from server.errors import NotAllowed
from server.extensions import clock, db
from server.schemas.reveals import (
    MoreAskedSchema,
    MoreDecisionSchema,
    MoreQuerySchema,
    MoreSchema,
    MoreViewSchema,
    RevealedSchema,
    RevealSchema,
)
from server.services import reveal_requests, reveals
from server.services.reveals import DESK_ROLES

blueprint = Blueprint("reveals", __name__, url_prefix="/api/v1", description="Openings of a number")


def asking() -> reveals.Asking:
    who = me()
    return reveals.Asking(who.person_id, who.device_id, who.roles)


def refuse_unapproved() -> None:
    """What the field is lent goes to approved devices only; the desk has none."""
    who = me()
    if DESK_ROLES.isdisjoint(who.roles) and not who.found.device_approved and asks_approval():
        raise NotAllowed("device_not_approved")


@blueprint.post("/reveals")
@requires("reveals.make")
@blueprint.arguments(RevealSchema)
@blueprint.response(200, RevealedSchema)
def reveal(values: dict[str, Any]) -> object:
    """Write down why a number is opened, then hand it out."""
    refuse_unapproved()
    fix = values.pop("fix")
    body = ContactReveal(**values, fix=Fix(**fix) if fix else None)
    return reveals.open_number(body, asking(), now=clock.now())


@blueprint.post("/reveals/requests")
@requires("reveals.make")
@blueprint.arguments(MoreSchema)
@blueprint.response(201, MoreAskedSchema)
def ask_more(values: dict[str, Any]) -> object:
    """Ask for more openings than the quota allows; another person decides."""
    return {"request_id": reveal_requests.ask_more(asking(), **values, now=clock.now())}


@blueprint.get("/reveals/requests")
@requires("reveals.approve")
@blueprint.arguments(MoreQuerySchema, location="query")
@blueprint.response(200, MoreViewSchema(many=True))
def list_requests(query: dict[str, Any]) -> object:
    """Requests of a status, the newest first, 100 at most."""
    return reveal_requests.find_requests(db.session(), status=query["status"])


@blueprint.post("/reveals/requests/<uuid:request_id>/decide")
@requires("reveals.approve", step_up=True)
@blueprint.arguments(MoreDecisionSchema)
@blueprint.response(204)
def decide(values: dict[str, Any], request_id: UUID) -> None:
    """Approve a request of somebody else, or refuse it."""
    reveal_requests.decide(request_id=request_id, **values, by=me().person_id, now=clock.now())
