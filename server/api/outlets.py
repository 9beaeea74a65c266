"""Outlets on the desk: search, chains, and proposals of new ones."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from flask_smorest import Blueprint

from server.api.access import me, requires, seen, within
from server.api.routes import today
from server.domain.secrecy import hidden_fields
from server.extensions import clock, db
from server.schemas.outlets import (
    ChainQuerySchema,
    ChainSchema,
    DecisionSchema,
    NumberedSchema,
    NumberSchema,
    OutletPageSchema,
    OutletQuerySchema,
    OutletSchema,
    ProposalQuerySchema,
    ProposalSchema,
    ProposalViewSchema,
)
from server.services import outlets
from server.services.secrecy import field_classes

blueprint = Blueprint("outlets", __name__, url_prefix="/api/v1", description="Outlets")

_FIELD_OF: Final = {"latitude": "position", "longitude": "position", "position_source": "position"}
_EMPTY: Final = {"latitude": None, "longitude": None}


def shown(found: Sequence[object]) -> list[dict[str, object]]:
    """Outlets without the fields that the one who asks may not see."""
    hidden = hidden_fields(me().roles, field_classes(db.session()))
    return [
        {
            name: _EMPTY.get(name, "") if _FIELD_OF.get(name, name) in hidden else getattr(outlet, name)
            for name in OutletSchema().fields
        }
        for outlet in found
    ]


@blueprint.get("/outlets")
@requires("outlets.read")
@blueprint.arguments(OutletQuerySchema, location="query")
@blueprint.response(200, OutletPageSchema)
def list_outlets(query: dict[str, Any]) -> object:
    """One page of outlets."""
    offset, limit = query.pop("offset"), query.pop("limit")
    wanted = outlets.OutletFilter(**query, classes=seen(), within=within())
    page, total = outlets.find_outlets(db.session(), wanted, day=today(), offset=offset, limit=limit)
    return {"outlets": shown(page), "total": total, "offset": offset, "limit": limit}


@blueprint.post("/outlets/by-number")
@requires("outlets.read")
@blueprint.arguments(NumberSchema)
@blueprint.response(200, NumberedSchema(many=True))
def find_by_number(values: dict[str, str]) -> object:
    """Whose number this is, however it is written. Asked in a body: a number in an address would stand in logs."""
    wanted = outlets.OutletFilter(status="", classes=seen(), within=within())
    found = outlets.find_by_number(db.session(), values["number"], seen=wanted, day=today())
    unnamed = "contact_name" in hidden_fields(me().roles, field_classes(db.session()))
    return [
        {"outlet": outlet, "contact": "" if unnamed else one.contact, "role": one.role}
        for one, outlet in zip(found, shown([one.outlet for one in found]), strict=True)
    ]


@blueprint.get("/outlets/chains")
@requires("outlets.read")
@blueprint.arguments(ChainQuerySchema, location="query")
@blueprint.response(200, ChainSchema(many=True))
def list_chains(query: dict[str, Any]) -> object:
    """Chains with their number of outlets, and how many of these are on no route."""
    return outlets.find_chains(db.session(), territory_id=query["territory_id"], day=today())


@blueprint.get("/proposals")
@requires("proposals.decide")
@blueprint.arguments(ProposalQuerySchema, location="query")
@blueprint.response(200, ProposalViewSchema(many=True))
def list_proposals(query: dict[str, Any]) -> object:
    """Outlets that reps proposed, each beside what the book has around it."""
    return outlets.find_proposals(db.session(), status=query["status"])


@blueprint.post("/proposals/<uuid:proposal_id>/decide")
@requires("proposals.decide")
@blueprint.arguments(DecisionSchema)
@blueprint.response(200, ProposalSchema)
def decide_proposal(values: dict[str, Any], proposal_id: UUID) -> object:
    """Let a proposed outlet into the book, or refuse it."""
    return outlets.decide_proposal(proposal_id=proposal_id, **values, now=clock.now(), by=me().person_id)
