"""Departures (离职): a leaver's case, from the moment on in which access stops."""

from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires, seen, within
from server.api.jobs import wake
from server.api.plans import keeper
from server.api.routes import today
from server.extensions import clock, db
from server.schemas.departures import (
    AcceptProposalSchema,
    DepartureDetailSchema,
    DepartureSchema,
    DeparturesQuerySchema,
    DepartureStoreSchema,
    DepartureStoresQuerySchema,
    HandoverSchema,
    KnownBySchema,
    KnowsSchema,
    NewDepartureSchema,
)
from server.schemas.jobs import JobDetailSchema
from server.services import scopes
from server.services.departures import accepting, closing, handing, knowledge, listing, opening, proposing

blueprint = Blueprint("departures", __name__, url_prefix="/api/v1/departures", description="A leaver's case")


def view(departure_id: int) -> object:
    """One case as it stands now."""
    return listing.get_case(db.session(), departure_id, within=within(), today=today())


@blueprint.get("")
@requires("departures.read")
@blueprint.arguments(DeparturesQuerySchema, location="query")
@blueprint.response(200, DepartureSchema(many=True))
def list_departures(query: dict[str, Any]) -> object:
    """Cases, the newest first, 100 at most."""
    return listing.find_cases(db.session(), state=query["state"], within=within())


@blueprint.post("")
@requires("departures.open", step_up=True)
@blueprint.arguments(NewDepartureSchema)
@blueprint.response(201, DepartureDetailSchema)
def open_departure(values: dict[str, Any]) -> object:
    """Open a case: with `freeze_now` all access of the person ends with it."""
    wish = opening.Wish(**values)
    return view(
        opening.open_case(wish=wish, within=within(), today=today(), by=me().person_id, now=clock.now())
    )


@blueprint.get("/known-by-one")
@requires("departures.read")
@blueprint.response(200, KnownBySchema(many=True))
def list_known_by_one() -> object:
    """Stores that at most one person visited in the last 180 days, the dearest first, 200 at most."""
    return knowledge.find_known_by_one(db.session(), within=within(), classes=seen(), now=clock.now())


@blueprint.get("/known-by/<int:outlet_id>")
@requires("departures.read")
@blueprint.response(200, KnowsSchema(many=True))
def list_who_knows(outlet_id: int) -> object:
    """Who visited a store in the last 180 days, 50 at most."""
    scopes.check_outlets(db.session(), within(), [outlet_id], seen())
    return knowledge.find_who_knows(db.session(), outlet_id, clock.now())


@blueprint.get("/<int:departure_id>")
@requires("departures.read")
@blueprint.response(200, DepartureDetailSchema)
def get_departure(departure_id: int) -> object:
    """One case: what was held, what was looked at, what it still asks for, its proposals."""
    return view(departure_id)


@blueprint.get("/<int:departure_id>/stores")
@requires("departures.read")
@blueprint.arguments(DepartureStoresQuerySchema, location="query")
@blueprint.response(200, DepartureStoreSchema(many=True))
def list_stores(query: dict[str, Any], departure_id: int) -> object:
    """The case's stores in the order of the handover, 200 at most; `after`: the last place of the page before."""
    return listing.find_stores(
        db.session(), departure_id, within=within(), classes=seen(), after=query["after"]
    )


@blueprint.delete("/<int:departure_id>")
@requires("departures.undo", step_up=True)
@blueprint.response(200, DepartureDetailSchema)
def undo_departure(departure_id: int) -> object:
    """Take a case back within the hour; somebody else than who opened it."""
    opening.undo_case(departure_id=departure_id, within=within(), by=me().person_id, now=clock.now())
    return view(departure_id)


@blueprint.post("/<int:departure_id>/proposals")
@requires("departures.plan")
@blueprint.response(202, JobDetailSchema)
def ask_proposals(departure_id: int) -> object:
    """Ask the planner who could take over; the answer is the job."""
    job = proposing.ask_proposals(
        departure_id=departure_id, within=within(), today=today(), now=clock.now(), by=me().person_id
    )
    wake(job.id)
    return job


@blueprint.post("/<int:departure_id>/accept")
@requires("departures.plan", step_up=True)
@blueprint.arguments(AcceptProposalSchema)
@blueprint.response(200, DepartureDetailSchema)
def accept_proposal(values: dict[str, Any], departure_id: int) -> object:
    """From the proposal's first day on others hold the stores, and the leaver holds none."""
    accepting.accept(
        choice=accepting.Choice(departure_id, **values),
        keeper=keeper(),
        within=within(),
        today=today(),
        now=clock.now(),
        by=me().person_id,
    )
    return view(departure_id)


@blueprint.post("/<int:departure_id>/stores/<int:outlet_id>/handover")
@requires("departures.hand_over")
@blueprint.arguments(HandoverSchema)
@blueprint.response(204)
def hand_over(values: dict[str, Any], departure_id: int, outlet_id: int) -> None:
    """Write down that a store was handed over in person, and what its owner said."""
    scopes.check_outlets(db.session(), None, [outlet_id], seen())
    handing.hand_over(
        handed=handing.Handed(departure_id, outlet_id, **values),
        within=within(),
        today=today(),
        now=clock.now(),
        by=me().person_id,
    )


@blueprint.post("/<int:departure_id>/close")
@requires("departures.plan", step_up=True)
@blueprint.response(200, DepartureDetailSchema)
def close_departure(departure_id: int) -> object:
    """Close a case whose checklist is finished; access ends now at the latest."""
    closing.close_case(departure_id=departure_id, within=within(), now=clock.now(), by=me().person_id)
    return view(departure_id)
