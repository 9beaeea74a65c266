"""Interactions with outlets on the desk, and their complaints and after-sales cases."""

from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires, seen, within
from server.extensions import clock, db
from server.schemas.cases import (
    CaseChangeSchema,
    CaseLogSchema,
    CaseQuerySchema,
    CaseSchema,
    InteractionQuerySchema,
    InteractionSchema,
    MadeSchema,
    NewCaseSchema,
    NewInteractionSchema,
)
from server.services import cases, scopes
from server.services.cases import CaseFilter

blueprint = Blueprint("cases", __name__, url_prefix="/api/v1", description="Cases")


@blueprint.get("/cases")
@requires("cases.read")
@blueprint.arguments(CaseQuerySchema, location="query")
@blueprint.response(200, CaseSchema(many=True))
def list_cases(query: dict[str, Any]) -> object:
    """Complaints and after-sales cases that are not done, those due first before the others."""
    wanted = CaseFilter(
        owner_id=me().person_id if query["mine"] else None,
        late=query["late"],
        territory_id=query["territory_id"],
        outlet_id=query["outlet_id"],
        done=query["done"],
    )
    return cases.find_cases(db.session(), wanted, today=me().found.day, within=within(), classes=seen())


@blueprint.post("/cases")
@requires("cases.write")
@blueprint.arguments(NewCaseSchema)
@blueprint.response(201, MadeSchema)
def open_case(values: dict[str, Any]) -> object:
    """Open a case of an outlet."""
    scopes.check_outlets(db.session(), within(), [values["outlet_id"]], seen())
    return {"id": cases.open_case(**values, now=clock.now(), by=me().person_id)}


@blueprint.put("/cases/<int:case_id>")
@requires("cases.write")
@blueprint.arguments(CaseChangeSchema)
@blueprint.response(204)
def change_case(values: dict[str, Any], case_id: int) -> None:
    """Say how a case stands now: who settles it by when, and whether it is done."""
    check_case(case_id)
    cases.change_case(case_id=case_id, **values, now=clock.now(), by=me().person_id)


@blueprint.get("/cases/<int:case_id>/log")
@requires("cases.read")
@blueprint.response(200, CaseLogSchema)
def get_log(case_id: int) -> object:
    """What happened to a case, in order."""
    check_case(case_id)
    return {"entries": cases.find_log(db.session(), case_id)}


@blueprint.get("/interactions")
@requires("cases.read")
@blueprint.arguments(InteractionQuerySchema, location="query")
@blueprint.response(200, InteractionSchema(many=True))
def list_interactions(query: dict[str, Any]) -> object:
    """The last interactions with an outlet, the newest first."""
    scopes.check_outlets(db.session(), within(), [query["outlet_id"]], seen())
    return cases.find_interactions(db.session(), query["outlet_id"])


@blueprint.post("/interactions")
@requires("cases.write")
@blueprint.arguments(NewInteractionSchema)
@blueprint.response(201, MadeSchema)
def add_interaction(values: dict[str, Any]) -> object:
    """Write down a call, mail, meeting, message or event."""
    scopes.check_outlets(db.session(), within(), [values["outlet_id"]], seen())
    return {"id": cases.add_interaction(**values, now=clock.now(), by=me().person_id)}


def check_case(case_id: int) -> None:
    """Errors: NotFound, also for a case of an outlet of another territory, or of a class that is not seen."""
    session = db.session()
    found = cases.get_case(session, case_id)
    scopes.check_outlets(session, within(), [found.outlet_id], seen())
